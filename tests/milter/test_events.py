"""What the milter tells the log: traps by label, listings with what they led to."""

import logging
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from trapline.config.events import Dialogue, Event
from trapline.config.settings import Settings
from trapline.dnsbl.findings import Finding, Listed, Unknown
from trapline.dnsbl.zones import Question, zones
from trapline.milter import events
from trapline.milter.policy import Policy
from trapline.milter.rules import Rules
from trapline.milter.session import Connection, Transaction
from trapline.milter.verdicts import Refuse, Reply
from trapline.spool.maildir import SpoolError
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet

TRAPS = TrapSet(parse(Path("traps"), "trap@mx.com web page, footer\nold@mx.com old shop recycled\n"))
CLIENT = ip_address("9.8.7.66")
LISTED = Listed("zen", str(CLIENT), ("127.0.0.2", "127.0.0.4"))
DIALOGUE = Dialogue(CLIENT, None, "4bX")
ADDRESSES = ("trap@mx.com", "old@mx.com")


def hit(*, login: bool = False, log_trap_addresses: bool = False) -> Transaction:
    """A transaction that has named both traps and a person."""
    settings = Settings.model_validate({"milter": {"log_trap_addresses": log_trap_addresses}})
    connection = Connection(Rules(settings, zones(settings.dqs, "KEY"), TRAPS), CLIENT, None)
    transaction = connection.mail("<news@pills.com>", authenticated=login)
    found: dict[Question, Finding] = {Question("zen", str(CLIENT)): LISTED}
    for argument in ("<trap@mx.com>", "<old@mx.com>", "<anna@mx.com>"):
        transaction.rcpt(argument, {} if login else found)
    return transaction


def trapped(transaction: Transaction) -> Event:
    envelope = transaction.envelope("57fe", datetime(2026, 11, 21, tzinfo=UTC), "4bX")
    return events.trapped(DIALOGUE, envelope, transaction)


def test_a_caught_message_is_told_by_its_id_labels_people_and_what_listed_the_client() -> None:
    assert str(trapped(hit())) == (
        '4bX: trapped client=unknown[9.8.7.66], id=57fe, label="web page, footer|old shop", people=0, zone=zen'
    )


def test_a_trap_hit_by_one_of_our_own_is_a_warning() -> None:
    event = trapped(hit(login=True))
    assert event.level == logging.WARNING
    assert dict(event.fields())["WARNING"] == "from an exempt client (authenticated): a stolen account?"


def test_no_event_shows_a_trap_unless_asked_for() -> None:
    for transaction in (hit(), hit(log_trap_addresses=True)):
        asked = transaction.connection.rules.settings.milter.log_trap_addresses
        told = (
            trapped(transaction),
            events.probe(DIALOGUE, transaction),
            events.capture_error(DIALOGUE, SpoolError("no room"), transaction),
        )
        for event in told:
            shown = str(event) + str(list(event.fields()))
            assert all((address in shown) is asked for address in ADDRESSES), shown


@pytest.mark.parametrize(("code", "name"), [(550, "refused"), (450, "deferred")])
def test_a_refusal_names_zone_object_codes_and_stage(code: int, name: str) -> None:
    event = events.refused(DIALOGUE, Refuse(Reply(code, "x", "y"), LISTED), "RCPT", {})
    assert str(event) == (
        f"4bX: {name} client=unknown[9.8.7.66], zone=zen, object=9.8.7.66, codes=127.0.0.2,127.0.0.4, stage=RCPT"
    )


def test_shadow_mode_tells_what_would_have_been_done_and_a_zone_that_only_logs_does_not() -> None:
    shadow = Policy(Settings.model_validate({"dqs": {"mode": "shadow", "zen": {"action": "tempfail"}}}))
    only_logs = Policy(Settings.model_validate({"dqs": {"zen": {"action": "log"}}}))
    assert dict(events.listed(DIALOGUE, LISTED, "RCPT", shadow.would(LISTED)).fields())["WOULD"] == "tempfail"
    assert "WOULD" not in dict(events.listed(DIALOGUE, LISTED, "RCPT", only_logs.would(LISTED)).fields())


def test_a_lookup_error_is_a_warning_with_the_number_that_was_not_said() -> None:
    event = events.lookup_error(DIALOGUE, Unknown("zen", str(CLIENT), "timeout"), 7)
    assert event.level == logging.WARNING
    assert str(event) == "4bX: lookup error client=unknown[9.8.7.66], zone=zen, why=timeout, suppressed=7"


def test_a_defect_has_its_trace_and_not_the_words_of_the_error() -> None:
    try:
        raise ValueError("<" + "trap@mx.com" + ">")
    except ValueError as error:
        event = events.defect(DIALOGUE, "_rcpt", error)
    assert str(event).startswith("4bX: defect in _rcpt: ValueError: the message goes on")
    assert "Traceback" in str(event)
    assert "<trap@mx.com>" not in str(event)
