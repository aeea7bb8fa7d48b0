"""What becomes of a message, and the envelope that its evidence keeps, by whom it is for."""

from datetime import UTC, datetime

import pytest

from tests.milter.sessions import ANNA, LISTED, NOTHING, OTHER_TRAP, SPAMMER, TRAP, ZEN, connected, mail, rcpts
from trapline.dnsbl.findings import NotListed, Unknown
from trapline.dnsbl.zones import Question
from trapline.milter.session import NOT_STORED, Transaction
from trapline.milter.verdicts import Deliver, Discard, Strip, TryAgain
from trapline.spool.envelope import Envelope

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def envelope(transaction: Transaction) -> Envelope:
    return transaction.envelope("0123", NOW, "4bX")


def test_mail_to_people_is_delivered() -> None:
    assert rcpts(ANNA).end(stored=False) == Deliver()


def test_mail_to_traps_alone_is_discarded_once_it_is_stored() -> None:
    assert rcpts(TRAP, OTHER_TRAP).end(stored=True) == Discard()


def test_mail_to_a_trap_that_could_not_be_stored_is_asked_for_again_in_postfixs_own_words() -> None:
    assert rcpts(TRAP).end(stored=False) == TryAgain(NOT_STORED)


def test_people_get_their_mail_without_the_trap_among_the_recipients() -> None:
    assert rcpts(TRAP, ANNA, TRAP).end(stored=True) == Strip((TRAP,))


def test_nobodys_mail_waits_for_our_disk() -> None:
    assert rcpts(TRAP, ANNA).end(stored=False) == Deliver()


def test_mixed_mail_is_discarded_where_the_configuration_says_so() -> None:
    assert rcpts(TRAP, ANNA, milter={"mixed_recipients": "discard"}).end(stored=True) == Discard()


def test_a_message_whose_people_were_refused_is_the_traps_alone() -> None:
    transaction = mail()
    transaction.rcpt(TRAP, LISTED)
    transaction.rcpt(ANNA, LISTED)
    assert transaction.end(stored=True) == Discard()


def test_a_refused_trap_is_a_hit_without_a_message_to_keep_or_to_ask_for_again() -> None:
    transaction = mail()
    transaction.rcpt(ANNA, LISTED)
    transaction.rcpt(TRAP, LISTED)
    assert (transaction.traps, [rcpt.argument for rcpt in transaction.refused_traps]) == ((), [TRAP])
    assert transaction.end(stored=False) == Deliver()


def test_an_accepted_trap_and_a_refused_person_are_no_refused_traps() -> None:
    transaction = mail()
    transaction.rcpt(TRAP, LISTED)
    transaction.rcpt(ANNA, LISTED)
    assert transaction.refused_traps == ()


def test_the_envelope_holds_what_was_seen() -> None:
    transaction = mail()
    transaction.rcpt(TRAP, {**LISTED, Question("dbl", "pills.com"): Unknown("dbl", "pills.com", "timeout")})
    kept = envelope(transaction)
    assert str(kept.client.address) == SPAMMER
    assert (kept.helo, kept.mail_from, kept.queue_id) == ("mail.pills.com", "news@pills.com", "4bX")
    assert [(r.address, r.trap, r.label, r.kind) for r in kept.recipients] == [
        ("trap@mx.com", True, "web page", "pristine")
    ]
    assert kept.listings == (LISTED[ZEN],)
    assert kept.unanswered == ("dbl",)
    assert not kept.mixed


def test_refused_people_are_no_recipients_and_refused_traps_are_hits() -> None:
    transaction = mail()
    transaction.rcpt(ANNA, LISTED)
    transaction.rcpt(TRAP, LISTED)
    kept = envelope(transaction)
    assert [recipient.address for recipient in kept.recipients] == ["trap@mx.com"]
    assert not kept.mixed


def test_accepted_people_make_the_evidence_mixed() -> None:
    assert envelope(rcpts(TRAP, ANNA)).mixed


def test_an_authenticated_or_exempt_clients_hit_says_so() -> None:
    assert envelope(mail(login=True)).client.authenticated
    assert envelope(mail(connected("10.1.2.3"))).client.exempt
    assert not envelope(mail()).client.exempt


@pytest.mark.parametrize("exempts", [True, False])
def test_who_has_authenticated_is_one_of_us_whether_exempt_or_not(exempts: bool) -> None:
    connection = connected(milter={"exempt": {"authenticated": exempts}})
    assert mail(connection, login=True).insider == "authenticated"
    assert mail(connection).insider is None
    assert mail(connected("10.1.2.3")).insider == "exempt network"


def test_nothing_leaks_from_one_message_into_the_next() -> None:
    connection = connected()
    first = mail(connection, "<first@pills.com>", login=True)
    first.rcpt(TRAP, NOTHING)
    second = mail(connection, "<>")
    second.rcpt(ANNA, {ZEN: NotListed("zen", SPAMMER)})
    kept = envelope(second)
    assert (kept.mail_from, kept.client.authenticated, kept.traps, kept.listings) == ("", False, (), ())


@pytest.mark.parametrize("written", ["<mx.com!trap>", "<info\\-x@mx.com>", "<trap(c)@mx.com>"])
def test_a_trap_is_known_by_what_postfix_resolves_it_to(written: str) -> None:
    transaction = mail()
    transaction.rcpt(written, NOTHING, "trap@mx.com")
    assert [rcpt.argument for rcpt in transaction.traps] == [written]
    assert transaction.end(stored=True) == Discard()


def test_a_trap_is_taken_out_as_it_was_written_and_as_postfix_queued_it() -> None:
    transaction = mail()
    transaction.rcpt("<@relay.com:trap@mx.com>", NOTHING, "trap@mx.com")
    transaction.rcpt(ANNA, NOTHING, "anna@mx.com")
    assert transaction.end(stored=True) == Strip(("<@relay.com:trap@mx.com>", "<trap@mx.com>"))
