"""Where a message came from: what its sender wrote below our server's own fields changes nothing.

The header is that of a mailbox's server, or of Postfix above a file in the fallback Maildir; the input follows it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fuzzing.target import Target
from tests.reporter.caught import TRAP, delivered
from tests.spool.test_mailbox_origin import FORGED, HEADERS, OWN, trust
from trapline.config.mailbox_trust import Trust
from trapline.config.settings import Exempt
from trapline.reporter import fallback
from trapline.spool.envelope import Envelope, EnvelopeError
from trapline.spool.header import split_header
from trapline.spool.mailbox_origin import mailbox_origin
from trapline.spool.origin import Origin, is_own, origin
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet

_NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_RECEIVERS = ("mx.harbour-mail.com",)


def check(data: bytes) -> None:
    """Forged fields below a real header are not believed; as a whole header they are read without an error."""
    fields = split_header(data)[0]
    for _, trusted, _ in _servers():
        mailbox_origin(fields, trusted, OWN)
    found = origin(fields, _RECEIVERS, OWN)
    assert found is None or found.address is None or not is_own(found.address, OWN)
    with suppress(EnvelopeError):
        fallback.read(data, "1.V1.mx", _traps(), Exempt(), _NOW)
    below = b"X-Of-The-Sender: 1\n" + data
    for header, trusted, alone in _servers():
        assert mailbox_origin(split_header(header + below)[0], trusted, OWN) == alone, "a forged field is believed"
    envelope, message = fallback.read(delivered(below), "1.V1.mx", _traps(), Exempt(), _NOW)
    assert message == below
    assert envelope == replace(_alone(), id=envelope.id)


@cache
def _servers() -> tuple[tuple[bytes, Trust | None, Origin | None], ...]:
    """The header that each kind of server writes, what is believed of it, and what that says."""
    trusted = [(header, trust(setting)) for header, setting, _ in HEADERS.values()]
    return tuple((header, one, mailbox_origin(split_header(header)[0], one, OWN)) for header, one in trusted)


@cache
def _traps() -> TrapSet:
    return TrapSet(parse(Path("traps"), f"{TRAP}  old shop page"))


@cache
def _alone() -> Envelope:
    return fallback.read(delivered(b"x"), "1.V1.mx", _traps(), Exempt(), _NOW)[0]


def seeds() -> Iterator[bytes]:
    """Each server's own header, and forged ones."""
    yield FORGED
    yield from (header for header, *_ in HEADERS.values())
    yield delivered(b"Subject: x\n\n")


TARGET = Target(
    "origin",
    check,
    seeds,
    words=(
        b"Received: from victim.com (victim.com [11.6.6.6]) by ",
        b"Received-SPF: pass client-ip=11.6.6.6",
        b"Authentication-Results: ",
        b"Return-Path: <x@victim.com>",
        b"X-Original-To: " + TRAP.encode(),
        b"Delivered-To: " + TRAP.encode(),
        b"From x\n",
        b"\n ",
        b"\r\n",
        b"\\",
        b'"',
        b"(",
        b"[IPv6:2a00::1]",
        b" with LMTP",
        b"Fri, 31 Dec 9999 23:59:59 -0100",
    ),
)
