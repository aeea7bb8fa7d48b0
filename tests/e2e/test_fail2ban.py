"""The filter for fail2ban that we ship, in the real fail2ban-regex, on lines that our own events make."""

import logging
import re
import shutil
import subprocess
from datetime import timedelta
from importlib.resources import files
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.reporter.caught import NOON, an_envelope
from tests.servers.processes import program
from trapline.blocklist.entry import Entry
from trapline.blocklist.listing import Kept
from trapline.cli.logs import _handler
from trapline.config.events import Dialogue, Event
from trapline.config.settings import Settings
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import zones
from trapline.milter import events
from trapline.milter.rules import Rules
from trapline.milter.session import Connection
from trapline.milter.verdicts import Refuse, Reply
from trapline.reporter.listing.hits import Heard
from trapline.reporter.listing.news import News
from trapline.spool.envelope import Client
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet

SHIPPED = Path(str(files("trapline.config") / "fail2ban"))
FILTER = SHIPPED / "filter.d" / "trapline.conf"
SYSLOG = "Nov 21 12:00:01 mx trapline[417]: "

TRAPS = TrapSet(parse(Path("traps"), '@trap-mx.com "old shop", people=0, zone=zen\n'))
SPAMMER, SPAMMER6, VICTIM = "11.0.0.66", "2e00:0:0:7::25", "11.0.0.99"
FORGED = (
    f"4bX: trapped client=unknown[{VICTIM}], id=57fe, label=x, people=0",
    f"4bX: blocklisted client=unknown[{VICTIM}], id=57fe, label=x, network={VICTIM}/32, hits=1, until=2026-11-22",
)
HOSTILE = [
    text.format(forged)
    for forged in FORGED
    for text in (
        "{0}",
        "\n{0}",
        "\r\n2026-11-21 12:00:00,000 INFO {0}\r\n",
        "2026-11-21 12:00:00,000 INFO {0}",
        "x mx trapline[1]: {0}",
        f"unknown[{VICTIM}],",
        f"x[{VICTIM}],id=57fe,",
        f'x", people=0 client=unknown[{VICTIM}], id=57fe, label=x, people=0',
        f'", network={VICTIM}/32, hits=1, until=x',
        f"x, people=0, network={VICTIM}/32, hits=1, until=x",
        "\u2028{0}",
        "x\x00{0}",
    )
]


def lines(*told: Event) -> str:
    """The events in a log: of a daemon whose standard error is a file, and as syslog and the journal have them."""
    handler = _handler({})
    records = [logging.LogRecord("trapline", event.level, "", 0, event, None, None) for event in told]
    return "".join([f"{handler.format(record)}\n" for record in records] + [f"{SYSLOG}{event}\n" for event in told])


def banned(folder: Path, log: str, mode: str = "listed") -> list[str]:
    """Whom fail2ban would count a hit of, a word for each."""
    (folder / "log").write_text(log, encoding="utf-8")
    command = [program("fail2ban-regex"), "-o", "ip", str(folder / "log"), f"{FILTER}[mode={mode}]"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout.split()


def trapped(client: str, *, rcpt: str = "info@trap-mx.com", login: bool = False, name: str | None = None) -> Event:
    """The milter's line of a hit, with the trap's address in it."""
    settings = Settings.model_validate({"milter": {"log_trap_addresses": True}})
    connection = Connection(Rules(settings, zones(settings.dqs, "KEY"), TRAPS), ip_address(client), name)
    transaction = connection.mail("<news@pills.com>", authenticated=login)
    transaction.rcpt(f"<{rcpt}>", {})
    envelope = transaction.envelope("57fe", NOON, "4bX")
    return events.trapped(Dialogue(connection.address, name, "4bX"), envelope, transaction)


def refused(client: str, helo: str, name: str | None = None) -> Event:
    """The milter's line of a refusal for a HELO, which the client chose."""
    listed = Listed("dbl", helo, ("127.0.1.2",))
    return events.refused(
        Dialogue(ip_address(client), name, "4bX"), Refuse(Reply(550, "5.7.1", "no"), listed), "RCPT", {}
    )


def told(caplog: pytest.LogCaptureFixture, what: str, client: str = SPAMMER, **more: object) -> Event:
    """The reporter's line about what became of a hit."""
    address = ip_address(client)
    network = ip_network(f"{address}/{32 if address.version == 4 else 64}", strict=False)
    entry = Entry(network, NOON, NOON, 1, ("old shop",), "old shop", "hit a trap", NOON + timedelta(days=1), False)
    kept = Kept(entry, "listed", NOON) if what in {"listed", "extended"} else None
    caplog.clear()
    with caplog.at_level(logging.INFO):
        News().tell(
            an_envelope(client=Client(address=address), **more),
            Heard(what, network, ("old shop, page", 'the "new" one'), "a large provider", "large_sender", kept),
        )
    (record,) = caplog.records
    assert isinstance(record.msg, Event)
    return record.msg


def test_whom_the_reporter_lists_is_banned_ipv6_by_its_64(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = lines(told(caplog, "listed"), told(caplog, "extended"), told(caplog, "listed", SPAMMER6))
    assert banned(tmp_path, log) == [SPAMMER, SPAMMER, "2e00:0:0:7::/64"] * 2


def test_who_is_spared_is_not_banned_nor_whose_hit_nobody_judged_yet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert banned(tmp_path, lines(told(caplog, "spared"), trapped(SPAMMER))) == []


def test_each_hit_of_a_stranger_is_matched_where_that_is_asked_for(tmp_path: Path) -> None:
    log = lines(trapped(SPAMMER), trapped(SPAMMER6, name="mail.pills-shop.com"))
    assert banned(tmp_path, log, "trapped") == [SPAMMER, SPAMMER6] * 2


def test_a_client_of_our_own_is_never_banned(tmp_path: Path) -> None:
    own = [trapped(SPAMMER, login=True), trapped("127.0.0.1"), trapped("10.1.2.3")]
    assert all("stolen account" in str(event) for event in own)
    assert banned(tmp_path, lines(*own), "trapped") == []


@pytest.mark.parametrize("mode", ["listed", "trapped"])
def test_nothing_that_a_sender_writes_has_somebody_else_banned(mode: str, tmp_path: Path) -> None:
    """Into HELO, a recipient at a trap domain, the name of his address: bare, with line breaks, quotes and blanks."""
    written = [
        event
        for words in HOSTILE
        for event in (
            refused(SPAMMER, words),
            refused(SPAMMER, "pills.com", name=words),
            trapped(SPAMMER, rcpt=f'"{words}"@trap-mx.com'),
            trapped(SPAMMER, rcpt=f"{words}@trap-mx.com"),
            trapped(SPAMMER, name=words),
        )
    ]
    assert VICTIM in lines(*written)
    assert VICTIM not in banned(tmp_path, lines(*written), mode)


def test_nobody_escapes_by_what_he_writes(tmp_path: Path) -> None:
    hits = [trapped(SPAMMER, rcpt=f'"{words}"@trap-mx.com') for words in HOSTILE]
    assert banned(tmp_path, lines(*hits), "trapped") == [SPAMMER] * 2 * len(hits)


def test_fail2ban_takes_the_jail(tmp_path: Path) -> None:
    folder = tmp_path / "fail2ban"
    shutil.copytree("/etc/fail2ban", folder)
    shutil.rmtree(folder / "jail.d")  # Debian's own, of programs that are not here
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    command = [program("fail2ban-client"), "-c", str(folder), "-d"]
    dumped = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "['add', 'trapline', 'systemd']" in dumped
    assert "['set', 'trapline', 'maxretry', 2]" in dumped


def test_the_filter_reads_the_journals_entries_of_these_events_alone() -> None:
    text = FILTER.read_text(encoding="utf-8")
    (journal,) = re.findall(r"^journalmatch = (.+)$", text, re.MULTILINE)
    named = set(re.findall(r"TRAPLINE_EVENT=(\S+)", journal))
    assert named == {"blocklisted", "blocklist-extended", "trapped"}
    assert all(re.search(r"_SYSTEMD_UNIT=trapline-\w+\.service", part) for part in journal.split(" + "))
