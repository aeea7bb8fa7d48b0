"""The action `tag`: delivered mail bears a header of ours that nobody else can have written."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
ON_SBL = "11.0.0.2"
TAG = b"X-Spamhaus: zen; 11.0.0.2; 127.0.0.2"


@pytest.fixture
def tagging(mx: MailExchanger) -> Iterator[MailExchanger]:
    with mx.settings({"dqs": {"zen": {"action": "tag"}}}):
        yield mx


def received(mx: MailExchanger, client: str, message: bytes) -> bytes:
    """What Anna gets of `message` by `client`."""
    with mx.client(client) as smtp:
        assert send(smtp, CARLA, [ANNA], message).accepted
    (mail,) = mx.mailbox(ANNA)
    return mail


def tags(mail: bytes) -> list[bytes]:
    head = mail.partition(b"\n\n")[0].replace(b"\n ", b" ").replace(b"\n\t", b" ")
    return [line for line in head.split(b"\n") if line.lower().startswith(b"x-spamhaus")]


def test_a_listed_clients_mail_is_delivered_with_the_listing_in_a_header(tagging: MailExchanger) -> None:
    mail = received(tagging, ON_SBL, ordinary())
    assert tags(mail) == [TAG]
    assert mail.endswith(ordinary().partition(b"\n\n")[2])


def test_an_unlisted_clients_mail_has_none(tagging: MailExchanger) -> None:
    mail = received(tagging, STRANGER, ordinary())
    assert tags(mail) == []
    assert mail.endswith(ordinary())


FORGED = (
    b"X-Spamhaus: none\n"
    b"x-spamhaus: clean\n"
    b"X-SPAMHAUS:\n\tfolded,\n over three lines\n"
    b"X-Spamhaus:\n"
    b"X-Spamhaus : with a blank before the colon\n"
)
ALIKE = b"X-Spamhaus-Score: 1\nXX-Spamhaus: 2\n"


@pytest.mark.parametrize(("client", "ours"), [(STRANGER, []), (ON_SBL, [TAG])])
def test_forged_headers_of_that_name_are_removed_however_they_are_written(
    tagging: MailExchanger, client: str, ours: list[bytes]
) -> None:
    first, rest = ordinary().split(b"\n", 1)
    mail = received(tagging, client, FORGED + first + b"\n" + ALIKE + FORGED + rest)
    assert [tag for tag in tags(mail) if tag not in ALIKE.splitlines()] == ours
    assert b"X-Spamhaus-Score: 1\nXX-Spamhaus: 2\n" in mail
    assert b"Subject: Lunch\n" in mail


def test_hundreds_of_forged_headers_are_removed_in_a_moment(tagging: MailExchanger) -> None:
    start = time.monotonic()
    assert tags(received(tagging, STRANGER, b"X-Spamhaus: none\n" * 1000 + ordinary())) == []
    assert time.monotonic() - start < 5.0


def test_a_flood_of_forged_headers_is_refused_for_a_person_and_a_trap_alike(tagging: MailExchanger) -> None:
    """Taking 20,000 out keeps Postfix busy for 10 s, and then it says that it could not write its queue file."""
    flood = b"X-Spamhaus: none\n" * 20_000 + spam()
    start, said = time.monotonic(), len(tagging.milter_log())
    with tagging.client(STRANGER) as smtp:
        person, trap = (send(smtp, SPAMMER, [address], flood).data for address in (ANNA, TRAP))
    assert time.monotonic() - start < 10.0
    assert "forged tag" not in tagging.milter_log()[said:], "nobody got it, with or without them"
    assert str(person) == str(trap) == "550 5.6.0 Message has too many X-Spamhaus headers"
    assert tagging.mailbox(ANNA) == []
    assert len(tagging.spool()) == 1


def test_an_authenticated_client_writes_no_tag_either(tagging: MailExchanger) -> None:
    with tagging.client("11.0.0.10", login="bert") as smtp:
        assert send(smtp, CARLA, [ANNA], b"X-Spamhaus: none\n" + ordinary()).accepted
    (mail,) = tagging.mailbox(ANNA)
    assert tags(mail) == []


def test_mail_to_a_trap_and_a_person_is_caught_as_it_came_and_delivered_with_the_tag(tagging: MailExchanger) -> None:
    message = b"X-Spamhaus: none\n" + spam()
    with tagging.client(ON_SBL) as smtp:
        assert send(smtp, SPAMMER, [TRAP, ANNA], message).accepted
    (mail,) = tagging.mailbox(ANNA)
    assert tags(mail) == [TAG]
    assert tagging.spool()[0].read_bytes().endswith(message)


@pytest.mark.parametrize("recipients", [[ANNA], [TRAP, ANNA]])
def test_a_header_of_that_name_is_left_alone_where_no_zone_tags(mx: MailExchanger, recipients: list[str]) -> None:
    message = b"X-Spamhaus: of another filter\n" + ordinary()
    with mx.client(STRANGER) as smtp:
        assert send(smtp, CARLA, recipients, message).accepted
    (mail,) = mx.mailbox(ANNA)
    assert mail.endswith(message)
