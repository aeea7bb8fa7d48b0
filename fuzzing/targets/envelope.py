"""The block on top of a file in the spool: it is refused, or written anew it is the same."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from fuzzing.target import Target
from tests.reporter.messages import envelope as an_envelope
from trapline.dnsbl.findings import Listed
from trapline.spool import block
from trapline.spool.envelope import Client, Envelope, EnvelopeError

_MESSAGE = b"Subject: pills\n\nBuy now.\n"
_HOST = "mx.example.com"


def check(data: bytes) -> None:
    """Only EnvelopeError; what was read is all there is, and comes back as it was."""
    try:
        envelope, message = block.parse(data)
    except EnvelopeError:
        return
    assert block.has_block(data)
    assert data.endswith(message)
    try:
        again = block.write(envelope, _HOST)
    except UnicodeEncodeError:  # a surrogate that stands for no byte: JSON can hold one, Postfix hands none over
        return
    assert block.parse(again + message) == (_to_the_millisecond(envelope), message)


def _to_the_millisecond(envelope: Envelope) -> Envelope:
    received = envelope.received
    return replace(envelope, received=received.replace(microsecond=received.microsecond // 1000 * 1000))


def seeds() -> Iterator[bytes]:
    """As the milter and the mailboxes write it, and folded by a mail program."""
    plain = an_envelope(people=("anna@mx.com",))
    client = Client(address=ip_address("2a00::1"), name="mail.pills.com", authenticated=True, exempt=True)
    rich = replace(
        plain,
        client=client,
        listings=(Listed("zen", "9.8.7.66", ("127.0.0.2", "127.0.0.9")),),
        unanswered=("dbl",),
        others=True,
        truncated=True,
    )
    read = replace(
        an_envelope(client=None, helo=None, mail_from=""),
        source="mailbox",
        role="junk",
        mailbox="anna",
        authserv_ids=("mx.com",),
        filter_marks=(("X-Spam-Status", "Yes, score=7"),),
    )
    for one in (plain, rich, read, an_envelope(bodiless=True)):
        yield block.write(one, _HOST) + _MESSAGE
    yield (block.write(plain, _HOST) + b" folded\n" + _MESSAGE).replace(b"\n", b"\r\n")


TARGET = Target(
    "envelope",
    check,
    seeds,
    words=(
        b"Trapline-Envelope:",
        b"Return-Path:",
        b'"received": "0001-01-01T00:00:00+01:00"',
        b'"received": "9999-12-31T23:59:59-01:00"',
        b'"filter_marks": ',
        b'"recipients": ',
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"\\udcff",
        b"NaN",
        b"1e999",
        b"\n ",
        b"}\n",
    ),
)
