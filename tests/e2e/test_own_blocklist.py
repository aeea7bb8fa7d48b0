"""Our own blocklist as senders meet it: by the file that the milter reads itself, through a real Postfix."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from tests.e2e.dialogue import Dialogue, send
from tests.e2e.messages import ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.processes import until
from trapline.blocklist.milter_file import Row, content, order, row

CARLA = "carla@harbour-letters.com"
FIRST, REPEATED, EXPIRED, ALLOWED, SPARED = "11.0.1.20", "11.0.1.21", "11.0.1.22", "11.0.1.23", "11.0.1.24"
ON_SBL = "11.0.0.2"


def listed(address: str, hours: float = 24, *, repeated: bool = False) -> Row:
    expires = datetime.now(UTC) + timedelta(hours=hours)
    return row(ip_network(address), expires, 2, repeated=repeated)


ROWS = (
    listed(FIRST),
    listed(REPEATED, repeated=True),
    listed(EXPIRED, hours=-1),
    listed(ALLOWED, repeated=True),
    listed(ON_SBL),
)


def write(path: Path, *rows: Row) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content(sorted(rows, key=order), datetime.now(UTC)))
    new.rename(path)


@contextmanager
def serving(mx: MailExchanger, *rows: Row, **settings: Any) -> Iterator[Path]:
    """The milter with a file of `rows`."""
    path = mx.folder / "milter.bl"
    write(path, *rows)
    allow = {"milter": {"allow": {"addresses": [ALLOWED], "skip": "zen"}}}
    try:
        with mx.settings({"blocklist": {"files": {"milter": str(path)}}} | allow | settings):
            yield path
    finally:
        path.unlink(missing_ok=True)


def mail_from(mx: MailExchanger, client: str, *recipients: str) -> Dialogue:
    with mx.client(client) as smtp:
        return send(smtp, CARLA, recipients or [ANNA], ordinary())


def test_a_first_listing_delays_a_repeated_one_refuses_and_who_is_not_listed_is_let_in(mx: MailExchanger) -> None:
    with serving(mx, *ROWS):
        said = len(mx.milter_log())
        delayed = mail_from(mx, FIRST).rcpt
        assert str(delayed).startswith("450 4.7.1 ")
        assert f"Service unavailable; client [{FIRST}] sent spam to this server" in delayed.text
        assert str(mail_from(mx, REPEATED).rcpt).startswith("550 5.7.1 ")
        for free in (EXPIRED, ALLOWED, SPARED):
            assert mail_from(mx, free).accepted, free
        assert "Spamhaus zen" in mail_from(mx, ON_SBL).rcpt.text, "the strongest action decides"
        log = mx.milter_log()[said:]
    assert f"deferred client=unknown[{FIRST}], zone=blocklist, object={FIRST}, codes=127.0.0.2, stage=RCPT" in log
    assert f"refused client=unknown[{REPEATED}], zone=blocklist, object={REPEATED}, codes=127.0.0.2,127.0.0.3" in log


def test_who_is_listed_here_reaches_a_trap_and_is_refused_there_once_a_person_refused_him(mx: MailExchanger) -> None:
    with serving(mx, *ROWS):
        with mx.client(FIRST) as smtp:
            assert send(smtp, CARLA, [TRAP], spam()).accepted
            both = send(smtp, CARLA, [ANNA, TRAP], spam())
        assert both.rcpts[0] == both.rcpts[1]
        assert both.rcpts[0].code == 450
        caught = mx.envelopes()
    assert [one["listings"] for one in caught] == [[{"zone": "blocklist", "object": FIRST, "codes": ["127.0.0.2"]}]] * 2


def test_in_shadow_mode_the_list_is_logged_and_refuses_nobody(mx: MailExchanger) -> None:
    with serving(mx, *ROWS, dqs={"mode": "shadow"}):
        said = len(mx.milter_log())
        assert mail_from(mx, FIRST).accepted
        assert mail_from(mx, REPEATED).accepted
        lines = [line for line in mx.milter_log()[said:].splitlines() if "listed client=" in line]
    assert ["would=tempfail" in lines[0], "would=reject" in lines[1]] == [True, True]


def test_a_change_of_the_file_counts_in_an_open_session_and_a_bad_file_does_not(mx: MailExchanger) -> None:
    with serving(mx, milter={"workers": 2}) as path, mx.client(FIRST) as smtp:

        def answer() -> int:
            return send(smtp, CARLA, [ANNA], ordinary()).rcpt.code

        assert answer() == 250
        write(path, listed(FIRST))
        until("the list to be read", lambda: answer() == 450)
        path.write_bytes(path.read_bytes()[:-1])  # written over in place, and cut off
        mx.milter.wait_for_output(f'blocklist error entries=1, why="{path}: has not the')
        assert answer() == 450
        write(path)
        mx.milter.wait_for_output("blocklist back entries=0")
        until("the client to be free", lambda: answer() == 250)


def test_a_file_that_was_named_and_is_not_there_is_said_and_mail_flows(mx: MailExchanger) -> None:
    with serving(mx) as path:
        path.unlink()
        mx.milter.wait_for_output("there is no such file")
        assert mail_from(mx, FIRST).accepted
