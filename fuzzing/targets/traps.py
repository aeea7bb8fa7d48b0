"""The trap file: it is refused without being shown, or each line traps what it says and can be written again."""

from collections.abc import Iterator
from pathlib import Path

from fuzzing.target import Target
from trapline.traps.errors import BadTrap, TrapFileError
from trapline.traps.file import Entry, parse
from trapline.traps.line import identity, new_line, written
from trapline.traps.matching import TrapSet

_FILE = Path("traps")
_DELIMITERS = "+-"


def check(data: bytes) -> None:
    """Only TrapFileError, which repeats no word of the file; else every line matches, and comes back as it was."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:  # as `read` refuses it
        return
    try:
        entries = parse(_FILE, text)
    except TrapFileError as error:
        assert not any(word in str(error) for word in _telling(text)), "the error shows a word of the file"
        return
    traps = TrapSet(entries, _DELIMITERS)
    for entry in entries:
        _check_written(entry)
        if entry.pattern is None:
            assert traps.match(_an_address(entry)) is not None
    for recipient in ("", "x", text[:200], f"<{text[:100]}@mx.com>"):
        traps.match(recipient)


def _telling(text: str) -> Iterator[str]:
    """Words that stand in no sentence of ours: with a digit in them, and a letter."""
    words = (word for word in text.split() if len(word) >= 5)
    return (word for word in words if any(map(str.isdigit, word)) and any(map(str.isalpha, word)))


def _check_written(entry: Entry) -> None:
    try:
        _, again = new_line(written(entry), entry.trap.label, entry.trap.kind)
    except BadTrap:
        shown = f"{written(entry)}{entry.trap.label}"
        tells = "@" in entry.trap.label  # the address itself, perhaps: that is read, and not written
        assert tells or not shown.isprintable(), "a line that was read is refused when it is written"
        return
    assert identity(again) == identity(entry)


def _an_address(entry: Entry) -> str:
    if entry.address is not None:
        return entry.address
    if entry.domain is not None:
        return f"anybody@{entry.domain}"
    local, _, domain = str(entry.extensions_of).rpartition("@")
    return f"{local}any@{domain}"


def seeds() -> Iterator[bytes]:
    """Each form of a line, and files as people keep them."""
    lines = (
        "hidden1@mx.com  web page, footer",
        "@old-shop.com  old shop  recycled",
        "anna+*@mx.com  mailing lists",
        r"/info\d+@mx\.com/  guessed names  typo",
        r"/a\/b@(x|y)\.com/  z",
        "# a comment",
        "info@bücher.de  web page # planted in May",
        '"jane doe"@mx.com  x',
        '"jane.doe"@mx.com.  x',
    )
    yield from (line.encode() for line in lines)
    yield "\n".join(lines[:7]).encode()
    yield "\r\n\r\n".join(lines[:7]).encode()


TARGET = Target(
    "traps",
    check,
    seeds,
    words=(b"pristine", b"recycled", b"typo", b"*@", b"@", b" #", b'"', b"\\", b"\\/", b"(?i)", b"\\pL", b"{1000}"),
    max_bytes=2_500,
)
