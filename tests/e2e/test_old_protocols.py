"""Postfix with a milter_protocol that an old recipe for OpenDKIM has set: 2 and 3 know no event for DATA."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.dialogue import data, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, TRAP, MailExchanger
from tests.servers.postfix import Postfix

CARLA = "carla@harbour-letters.com"
STRANGER, ON_SBL = "11.0.1.7", "11.0.0.2"
TEXT = spam().partition(b"\n\n")[2]


@pytest.fixture(scope="module", params=["2", "3", "4"])
def postfix(_mail_exchanger: MailExchanger, request: pytest.FixtureRequest) -> Iterator[Postfix]:
    """A second Postfix on the same milter."""
    milters = f"{{ unix:{_mail_exchanger.socket}, default_action=accept }}"
    with Postfix(traps=[TRAP], milters=milters, settings={"milter_protocol": request.param}) as running:
        yield running


def subject(raw: bytes) -> bytes | None:
    """What the Subject of a caught message says; these protocols take the blank after the colon away."""
    found = re.search(rb"^Subject: ?(.*)$", raw, re.MULTILINE)
    return None if found is None else found[1]


def test_trap_mail_is_caught_whole_and_people_get_theirs(mx: MailExchanger, postfix: Postfix) -> None:
    postfix.forget()
    with postfix.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam("Pills")).accepted
        assert send(smtp, SPAMMER, [TRAP, ANNA], spam("Both")).accepted
        assert send(smtp, SPAMMER, [TRAP], b"").accepted
        assert send(smtp, CARLA, [ANNA, BERT], ordinary()).accepted
    postfix.settle()
    caught = [path.read_bytes() for path in mx.spool()]
    assert len(caught) == 3
    assert sorted(filter(None, map(subject, caught))) == [b"Both", b"Pills"]
    assert sum(raw.endswith(TEXT) for raw in caught) == 2
    assert len(postfix.mailbox(ANNA)) == 2
    assert len(postfix.mailbox(BERT)) == 1
    assert postfix.fallen_back() == []


def test_nothing_of_a_message_that_is_broken_off_is_in_the_next(mx: MailExchanger, postfix: Postfix) -> None:
    with postfix.client(ON_SBL) as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam("First")).accepted
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        smtp.rset()
        assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550
        smtp.mail(SPAMMER)
        assert smtp.rcpt(TRAP)[0] == 550, "as the person before"
    with postfix.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        assert data(smtp, spam("Last")).code == 250
    caught = [path.read_bytes() for path in mx.spool()]
    assert len(caught) == 3, "and the envelope of the trap that was refused"
    assert sorted(filter(None, map(subject, caught))) == [b"First", b"Last"]
    assert sum(raw.endswith(TEXT) for raw in caught) == 2
