"""Our own server's Authentication-Results: what can not be read proves nothing, and no sender writes himself a pass."""

from collections.abc import Iterator

from fuzzing.target import Target
from trapline.config.names import domain_name
from trapline.reporter.evidence.authentication import MAX_FIELD_BYTES, authentication
from trapline.reporter.parsing.message import Message

_OURS = "mx.trap-mx.com"
_SENDERS_DOMAIN = "pills.com"


def check(data: bytes) -> None:
    """Only names in normal form; of a sender's local part nothing becomes a result."""
    found = authentication(_with(data), [_OURS])
    if found is not None:
        assert all(domain_name(one) == one for one in found.proven)
        assert all(len(one) <= MAX_FIELD_BYTES for one in (found.spf, found.dkim, found.dmarc) if one)
    _check_local_part(data)


def _check_local_part(data: bytes) -> None:
    """As a filter writes MAIL FROM into the field: a local part with signs in it stands in quotes (RFC 5321, 4.1.2)."""
    text = data[:64].decode("utf-8", "replace")
    local = "".join(one for one in text if one.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
    sender = f'"{local}"@{_SENDERS_DOMAIN}'
    field = f"{_OURS}; spf=pass smtp.mailfrom={sender}"
    found = authentication(_with(field.encode()), [_OURS], sender)
    if found is not None:
        assert found.proven in {(), (_SENDERS_DOMAIN,)}, "the sender wrote himself another domain"
        assert (found.dkim, found.dmarc) == (None, None), "the sender wrote himself a result"


def _with(field: bytes) -> Message:
    return Message((("authentication-results", field),), (), ())


def seeds() -> Iterator[bytes]:
    """As filters write it, each in its own way."""
    results = (
        "spf=pass smtp.mailfrom=pills.com; dkim=pass header.d=pills.com header.s=a; dmarc=pass header.from=pills.com",
        "spf=softfail (domain of a@pills.com (x)) smtp.mailfrom=a@pills.com smtp.helo=mail.pills.com",
        'dkim=fail reason="bad signature" header.i=@pills.com header.b="ab/c="; dkim=pass header.i=@mail.pills.com',
        "spf=pass smtp.mailfrom=<a@pills.com>; arc=none; iprev=pass policy.iprev=11.2.3.4; auth=pass smtp.auth=anna",
        "none",
    )
    yield from (f"{_OURS}; {one}".encode() for one in results)
    yield from (f'(c) "{_OURS}" 1; {one};'.encode() for one in results[:2])
    yield b"x; dkim=pass header.d=bank.com"
    yield b"x smtp.mailfrom=bank.com"


TARGET = Target(
    "authentication",
    check,
    seeds,
    words=(
        _OURS.encode() + b";",
        b"; dkim=pass header.d=bank.com",
        b" smtp.mailfrom=bank.com",
        b"; dmarc=pass header.from=bank.com",
        b'"',
        b"\\",
        b"(",
        b")",
        b"=<",
        b"reason=",
        b"xn--",
    ),
    max_bytes=2_048,
)
