"""What the envelope of a mailbox's message says."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.envelopes import Place, envelope
from trapline.spool import block
from trapline.spool.envelope import Envelope

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADER = (
    b"Received: from mail.pills.com (relay.pills.com. [11.2.3.4]) by mx.google.com with ESMTPS id 1; x\n"
    b"X-Spam-Status: Yes, score=9.1\nX-Rspamd-Score: 15.2\nX-Spam-Status: No, forged\nSubject: offer\n\n"
)


def made(message: bytes = HEADER, **keys: Any) -> Envelope:
    table = {"name": "anna", "role": "junk", "host": "imap.gmail.com", "user": "anna@gmail.com", "trust": "gmail"}
    mailbox = Mailbox.model_validate(table | keys)
    return envelope(mailbox, Place("anna", "Junk", "7", "1"), NOON, message)


def test_a_junk_folders_owner_is_a_person_who_is_redacted() -> None:
    found = made(user="anna@x-mail.com", addresses=["anna.b@x-mail.com"], label="Anna")
    assert [(one.address, one.trap, one.label) for one in found.recipients] == [
        ("anna.b@x-mail.com", False, "Anna"),
        ("anna@x-mail.com", False, "Anna"),
    ]
    assert (found.source, found.role, found.mixed) == ("mailbox", "junk", False)


def test_a_honeypots_owner_is_a_pristine_trap_with_the_mailboxs_label() -> None:
    (trap,) = made(user="anna@x-mail.com", role="honeypot", label="old account").traps
    assert (trap.address, trap.label, trap.kind) == ("anna@x-mail.com", "old account", "pristine")
    assert made(role="honeypot").traps[0].label == "anna"


def test_every_spelling_of_the_owner_in_the_message_is_redacted() -> None:
    found = made(b"To: a.nna+shop@googlemail.com\n\n")
    assert "a.nna+shop@googlemail.com" in {one.address for one in found.recipients}


def test_the_client_is_the_trusted_servers_word() -> None:
    assert str(made().client.address) == "11.2.3.4"
    assert made(trust=None).client.address is None
    assert made().authserv_ids == ("mx.google.com",)


def test_a_user_of_the_mailboxs_own_server_is_known_as_one() -> None:
    assert made(HEADER.replace(b"ESMTPS", b"ESMTPSA")).client.authenticated
    assert not made().client.authenticated


def test_what_the_servers_filter_found_is_kept() -> None:
    assert made().filter_marks == (("x-rspamd-score", "15.2"), ("x-spam-status", "Yes, score=9.1"))


def test_each_place_has_an_id_of_its_own() -> None:
    places = [
        Place("a", "b", "7", "1"),
        Place("a", "b", "7", "2"),
        Place("a", "b", "71", ""),
        Place("a", "c", "7", "1"),
        Place("ab", "", "7", "1"),
    ]
    assert len({place.id for place in places}) == len(places)
    assert Place("a", "b", "7", "1").id == places[0].id


@given(st.binary(max_size=400))
def test_any_message_has_an_envelope_that_comes_back_with_it(message: bytes) -> None:
    found = made(message)
    assert block.parse(block.write(found, "mx.mx.com") + message) == (found, message)
