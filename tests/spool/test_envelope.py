"""The envelope and the block that carries it."""

import email
import email.policy
import time
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.dnsbl.findings import Listed
from trapline.spool import block
from trapline.spool.envelope import Client, Envelope, EnvelopeError, Recipient

MESSAGE = b"Subject: pills\n\nBuy now.\n"


def an_envelope(**facts: object) -> Envelope:
    given_facts: dict[str, object] = {
        "id": "0123456789abcdef",
        "received": datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
        "source": "milter",
        "client": Client(address=ip_address("9.8.7.66")),
        "helo": "mail.pills.com",
        "mail_from": "news@pills.com",
        "recipients": (
            Recipient(address="trap@mx.com", trap=True, label="web page", kind="pristine"),
            Recipient(address="anna@mx.com"),
        ),
        "queue_id": "4bXyz",
        "listings": (Listed("zen", "9.8.7.66", ("127.0.0.2",)),),
        "unanswered": ("dbl",),
    } | facts
    return Envelope(**given_facts)  # type: ignore[arg-type]


texts = st.text(st.characters(exclude_categories=[]), max_size=60)  # lone surrogates too: bytes that were no UTF-8


@given(helo=texts, mail_from=texts, address=texts, label=texts, name=texts)
def test_any_envelope_comes_back_as_it_was(helo: str, mail_from: str, address: str, label: str, name: str) -> None:
    recipients = (Recipient(address=address, trap=True, label=label, kind="typo"),)
    client = Client(address=ip_address("2a00::1"), name=name, authenticated=True, exempt=True)
    envelope = an_envelope(helo=helo, mail_from=mail_from, recipients=recipients, client=client)
    try:
        raw = block.write(envelope, "mx.mx.com") + MESSAGE
    except UnicodeEncodeError:  # a surrogate that stands for no byte: Postfix can't hand one over
        return
    assert block.parse(raw) == (envelope, MESSAGE)


@pytest.mark.parametrize("start", [b" folded\n", b"\t\n", b" " * 256 + b"\n", b"\n", b' "version": 2}\n'])
def test_a_message_that_begins_like_a_fold_comes_back_whole(start: bytes) -> None:
    envelope = an_envelope()
    assert block.parse(block.write(envelope, "mx.mx.com") + start + MESSAGE) == (envelope, start + MESSAGE)


def test_the_block_is_a_header_that_any_mail_program_reads() -> None:
    raw = block.write(an_envelope(), "mx.mx.com") + MESSAGE
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Return-Path"] == "<news@pills.com>"
    assert message["Delivered-To"] == "trap@mx.com"
    assert "from mail.pills.com (unknown [9.8.7.66])" in message["Received"]
    assert "by mx.mx.com (trapline) with ESMTP id 4bXyz" in message["Received"]
    assert message["Subject"] == "pills"
    assert max(map(len, raw.splitlines())) < 998


@pytest.mark.parametrize(("source", "lines"), [("milter", 1), ("fallback", 1), ("mailbox", 0), ("file", 0)])
def test_we_say_that_we_received_it_only_where_no_other_server_does(source: str, lines: int) -> None:
    assert block.write(an_envelope(source=source), "mx.mx.com").count(b"Received:") == lines


def test_a_block_that_a_mail_program_has_folded_anew_is_read() -> None:
    envelope = an_envelope(helo="a helo with   blanks")
    message = email.message_from_bytes(block.write(envelope, "mx.mx.com") + MESSAGE, policy=email.policy.default)
    assert block.parse(message.as_bytes(policy=email.policy.SMTP))[0] == envelope


def test_people_are_not_named_outside_of_the_envelope() -> None:
    above = block.write(an_envelope(), "mx.mx.com").partition(b"Trapline-Envelope")[0]
    assert b"anna" not in above


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        MESSAGE,
        b"Subject: x\n" + block.write(an_envelope(), "mx.mx.com"),
        b"\n" + block.write(an_envelope(), "mx.mx.com"),
        b" x\n" + block.write(an_envelope(), "mx.mx.com"),
        b"Received: from x\n\nTrapline-Envelope: {}\n",
        b"Trapline-Envelope: {",
        b"Trapline-Envelope: {}\n\n",
        b'Trapline-Envelope: {"version": 2}\n\n',
        b'Trapline-Envelope: {"version": 1}\n\n',
        b"Trapline-Envelope: [" + b"[" * 100_000 + b"\n\n",
        b"Trapline-Envelope: \xff\n\n",
        block.write(an_envelope(), "mx.mx.com").replace(b"2026-11-21T10:00:00.000+00:00", b"0001-01-01T00:00:00+01:00"),
        block.write(an_envelope(), "mx.mx.com").replace(b'"filter_marks": {}', b'"filter_marks": []'),
        block.write(an_envelope(), "mx.mx.com").replace(b'"client": {', b'"client": "x", "other": {'),
    ],
)
def test_what_is_no_block_at_the_very_top_is_refused(raw: bytes) -> None:
    with pytest.raises(EnvelopeError):
        block.parse(raw)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_envelope_that_is_cut_off_is_called_so(share: float) -> None:
    raw = block.write(an_envelope(), "mx.mx.com")
    field = raw.index(b"Trapline-Envelope")
    with pytest.raises(EnvelopeError, match="the file is incomplete"):
        block.parse(raw[: field + int((len(raw) - field) * share)])


def test_a_megabyte_of_lines_that_look_like_the_envelopes_last_takes_a_moment() -> None:
    """Whoever reads a file as one of ours (`--trust-envelope`) may have been given it."""
    hostile = b'Trapline-Envelope: {"a": [\n' + b" {},\n {}\n" * 100_000
    began = time.process_time()
    with pytest.raises(EnvelopeError):
        block.parse(hostile + MESSAGE)
    assert within(1.0, began)  # reading all of it anew for each takes minutes


def with_value(value: object, *keys: str | int) -> dict[str, Any]:
    """The JSON object of an envelope, with another value at `keys`."""
    table = an_envelope().to_json()
    place: Any = table
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return table


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([], "no JSON object"),
        (with_value(2, "version"), "version 2, this trapline reads 1"),
        (with_value("2026-11-21T10:00:00", "received"), "a time without its zone"),
        (with_value("yesterday", "received"), "yesterday"),
        (with_value("elsewhere", "source"), "expected one of milter"),
        (with_value("x", "client", "address"), "does not appear to be an IPv4 or IPv6 address"),
        (with_value([], "client"), "expected an object, not list"),
        (with_value(7, "helo"), "expected a text, not int"),
        (with_value("yes", "recipients", 0, "trap"), "expected true or false, not str"),
        (with_value("sour", "recipients", 0, "kind"), "expected one of pristine"),
        ({"version": 1}, "KeyError"),
    ],
)
def test_an_envelope_that_is_none_is_refused_with_what_is_wrong(table: object, why: str) -> None:
    with pytest.raises(EnvelopeError, match=why):
        Envelope.from_json(table)


def test_what_an_older_milter_did_not_write_yet_is_as_if_it_had_not_been_there() -> None:
    full = an_envelope()
    later = ("role", "others", "bodiless", "truncated", "mailbox", "authserv_ids", "filter_marks", "unanswered")
    table = {key: value for key, value in full.to_json().items() if key not in later}
    assert Envelope.from_json(table) == replace(full, unanswered=())


@given(st.binary(max_size=300), st.integers(0, 900))
def test_a_damaged_block_is_refused_or_read_and_never_crashes(junk: bytes, place: int) -> None:
    raw = block.write(an_envelope(), "mx.mx.com") + MESSAGE
    damaged = raw[:place] + junk + raw[place + len(junk) :]
    try:
        envelope, _ = block.parse(damaged)
    except EnvelopeError as error:
        envelope = None
        assert str(error)  # noqa: PT017  either way there is an answer
    assert envelope is None or isinstance(envelope, Envelope)


def test_a_helo_can_not_forge_lines_of_the_block() -> None:
    raw = block.write(an_envelope(helo="x)\nSubject: forged", mail_from="a\r\nb: c"), "mx.mx.com")
    assert not any(line.startswith((b"Subject:", b"b:")) for line in raw.splitlines())


@pytest.mark.parametrize(
    ("recipients", "others", "mixed"),
    [
        ((Recipient(address="t@mx.com", trap=True),), False, False),
        ((Recipient(address="t@mx.com", trap=True),), True, True),
        ((Recipient(address="t@mx.com", trap=True), Recipient(address="a@mx.com")), False, True),
    ],
)
def test_evidence_is_mixed_where_people_got_it_too_or_may_have(
    recipients: tuple[Recipient, ...], others: bool, mixed: bool
) -> None:
    assert an_envelope(recipients=recipients, others=others).mixed is mixed
