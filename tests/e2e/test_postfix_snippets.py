"""The lines for Postfix that we ship, in a real Postfix: what the milter did not catch reaches the fallback Maildir."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, spam
from tests.servers.postfix import DOMAIN, PEOPLE_UID, Postfix
from tests.servers.processes import aged, until
from trapline.config.settings import Exempt
from trapline.reporter import fallback
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet

SNIPPETS = Path(str(files("trapline.config") / "postfix"))
TRAP = f"hidden1@{DOMAIN}"
TRAPS = TrapSet(parse(Path("traps"), f"{TRAP} web page\n@old-shop-chairs.com old shop recycled\n"))


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with Postfix() as running:
        etc, mail = running.folder / "etc", running.folder / "mail"
        replaced = {
            "hash:/etc/postfix/": f"texthash:{etc}/",
            "/var/mail": str(mail),
            "UID": str(PEOPLE_UID),
            "GID": str(PEOPLE_UID),
            "mx.example": DOMAIN,
            "old-shop.example": "old-shop-chairs.com",
        }
        for name in ("main.cf", "master.cf", "trapline"):
            text = (SNIPPETS / name).read_text(encoding="utf-8")
            for written, here in replaced.items():
                text = text.replace(written, here)
            with (etc / name).open("a", encoding="utf-8") as file:
                file.write(text)
        with (etc / "main.cf").open("a", encoding="utf-8") as file:
            file.write("virtual_alias_domains = old-shop-chairs.com\n")
        aged(*etc.iterdir())
        mail.chmod(0o777)  # as /var/mail lets the reporter's user own a folder in it
        running.stop()
        running.start()
        yield running


@pytest.mark.parametrize("trap", [TRAP, "anybody@old-shop-chairs.com"])
def test_a_trap_is_accepted_and_kept_while_the_milter_is_away(postfix: Postfix, trap: str) -> None:
    new = postfix.folder / "mail" / "trapline" / "new"
    before = set(new.glob("*")) if new.exists() else set()
    with postfix.client("11.0.1.7", helo="mail.summit-pills-direct.com") as smtp:
        assert send(smtp, SPAMMER, [trap], spam()).accepted
    (file,) = until("the fallback to get it", lambda: set(new.glob("*")) - before if new.exists() else None)
    envelope, message = fallback.read(file.read_bytes(), file.name, TRAPS, Exempt(), datetime.now(UTC))
    assert str(envelope.client.address) == "11.0.1.7"
    assert [recipient.address for recipient in envelope.recipients] == [trap]
    assert not envelope.mixed
    assert message.endswith(spam())


def test_strangers_can_not_ask_for_a_notice_of_delivery_which_a_trap_would_never_give(postfix: Postfix) -> None:
    with postfix.client("11.0.1.7") as smtp:
        assert b"DSN" not in (smtp.ehlo_resp or b"").upper().split()
        smtp.mail(SPAMMER)
        assert smtp.rcpt(TRAP, ["NOTIFY=SUCCESS"])[0] == smtp.rcpt(f"anna@{DOMAIN}", ["NOTIFY=SUCCESS"])[0] == 501


def test_people_get_their_mail_as_before(postfix: Postfix) -> None:
    anna = f"anna@{DOMAIN}"
    with postfix.client("11.0.1.7") as smtp:
        assert send(smtp, SPAMMER, [anna], spam()).accepted
    assert len(postfix.mailbox(anna)) == 1


def test_postfix_has_nothing_to_say_against_the_lines(postfix: Postfix) -> None:
    complaints = [line for line in postfix.log().splitlines() if "fatal" in line or "unused parameter" in line]
    assert complaints == []
