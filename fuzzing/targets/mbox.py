"""An mbox that somebody saved, parted into its messages."""

import io
from collections.abc import Iterator

from fuzzing.target import Target
from trapline.mailboxes.mbox import parts

_LINE = b"From news@pills.com Sat Nov 21 11:00:00 2026\n"
_LIMIT = 64  #: of a message, in octets


def check(data: bytes) -> None:
    """What is read in pieces is a beginning of what is read whole; and nothing is lost but the lines that part it."""
    box = _LINE + data
    whole, cut = list(parts(io.BytesIO(box), len(box))), list(parts(io.BytesIO(box), _LIMIT))
    assert [one.filed for one in whole] == [one.filed for one in cut]
    assert all(one.filed is None or one.filed.tzinfo is not None for one in whole)
    for one, beginning in zip(whole, cut, strict=True):
        assert one.message[: _LIMIT + 1] == beginning.message
    assert [line for one in whole for line in _lines(one.message)] == _lines(data)


def _lines(text: bytes) -> list[bytes]:
    """All but those that may part messages."""
    return [line for line in text.split(b"\n") if line.strip(b"\r") and not line.startswith(b"From ")]


def seeds() -> Iterator[bytes]:
    """Messages as mail programs save them."""
    yield b"Subject: pills\n\nBuy now.\n\n" + _LINE + b"Subject: more\n\nFrom here on\n\n>From you\n"
    yield b"Subject: pills\r\n\r\nBuy now.\r\n\r\nFrom - Sat Nov  7 11:00 +0100 2026\r\nSubject: more\r\n"
    yield b"\n\n" + _LINE + b"\n" + _LINE + b"x" * 200 + b"\n\n" + _LINE


TARGET = Target(
    "mbox",
    check,
    seeds,
    words=(b"\n\n" + _LINE, b"\r\n\r\n", b"\n\nFrom ", b" -0500 2026", b" CET 2026", b" 9999\n", b" 0001 +1400\n"),
)
