r"""The trap file: one trap per line, `address  label  [kind]`.

    hidden1@mx.example      web page, footer          a plain address
    @old-shop.example       old shop       recycled   a whole domain, not those below it
    anna+*@mx.example       mailing lists             the extensions of anna, not anna herself
    /info\d+@mx\.example/   web page, guessed     the rest: a regular expression on the whole address, without case

The label says where the address was planted, and may be several words. The last word is the kind only if it is one of
`pristine` (the default: never belonged to a person), `recycled` and `typo`. `#` at the start of a line or after a blank
starts a comment. Errors name file and line, but never the line's text: it may contain a trap.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import re2

from trapline.config.names import address, domain_name
from trapline.traps.errors import TrapFileError
from trapline.traps.traps import Kind, Trap

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_LINE_LENGTH = 2000  #: characters
MAX_PATTERNS = 1000  #: regular expressions in all files together
MAX_DELIMITERS = 32  #: places in a local part where an extension may begin; senders write it, so there is a bound
MAX_PATTERN_BYTES = 1 << 20  #: memory of one compiled expression
MAX_PATTERNS_BYTES = 16 << 20  #: and of all together: room for MAX_PATTERNS that each name a few words

_BYTE_ORDER_MARK = "\ufeff"  # with which Windows programs begin a file
_NOT_PLAIN = "no plain address: without its quotes or its route it would be another one"
_BLANKS = str.maketrans("\t\u00a0", "  ")
# Another system's line ends, say, or a second byte order mark: the lines would run together, traps into a label.
_UNPRINTABLE = "a character that can't be printed. Are the line ends those of Unix, and is it one file's text?"
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PATTERN = re.compile(r"/(?P<pattern>(?:[^/\\]|\\.)+)/(?:\s+(?P<rest>.*))?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what it matches is in exactly one of `address`, `domain`, `extensions_of` and `pattern`."""

    trap: Trap
    address: str | None = field(default=None, repr=False)  #: in normal form
    domain: str | None = field(default=None, repr=False)
    extensions_of: str | None = field(
        default=None, repr=False
    )  #: "anna+@mx.example": what the address starts and ends with
    pattern: str | None = field(default=None, repr=False)


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of the trap file at `path`.

    Raises TrapFileError: it can't be read, or a line of it can't.
    """
    try:
        with os.fdopen(_opened(path), "rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TrapFileError(path, None, f"cannot read the trap file: {error.strerror}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise TrapFileError(path, None, f"larger than {MAX_FILE_BYTES} bytes; is this the right file?")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TrapFileError(path, raw.count(b"\n", 0, error.start) + 1, "not UTF-8") from None
    return tuple(_entries(path, text))


def _opened(path: Path) -> int:
    """Open a regular file; a FIFO would have us wait for who writes into it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return descriptor


def parse(path: Path, text: str) -> tuple[Entry, ...]:
    """The entries in `text`; `path` is what errors name.

    Raises TrapFileError: a line can't be read.
    """
    return tuple(_entries(path, text))


def _entries(path: Path, text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split("\n"), start=1):
        try:
            if len(line) > MAX_LINE_LENGTH:
                raise ValueError(f"longer than {MAX_LINE_LENGTH} characters")
            if not line.removesuffix("\r").translate(_BLANKS).isprintable():
                raise ValueError(_UNPRINTABLE)
            stripped = _COMMENT.sub("", line).strip()
            if stripped:
                yield _entry(stripped)
        except ValueError as error:
            raise TrapFileError(path, number, str(error)) from None


def _entry(line: str) -> Entry:
    if line.startswith("/"):
        return _pattern_entry(line)
    written, *rest = line.split(maxsplit=1)
    trap = _trap(rest[0] if rest else "")
    local, at, domain = written.rpartition("@")
    if not at:
        raise ValueError("no @ in the address. Expected: address or @domain or /regex/, blanks, label")
    name = domain_name(domain)
    if name is None:
        raise ValueError("what follows the @ is no domain name")
    if not local:
        return Entry(trap, domain=name)
    if local.endswith("*"):
        return Entry(trap, extensions_of=_extensions_of(local, name))
    if "*" in local:
        raise ValueError("a * stands only at the end of the local part, after its delimiter: user+*@domain")
    normal = str(address(written))
    if not _reads_back(normal):
        raise ValueError(_NOT_PLAIN)
    return Entry(trap, address=normal)


def _reads_back(normal: str) -> bool:
    """Whether an address in normal form is that address where it is read again, in a line of this file too."""
    return not normal.startswith(("/", "#", "@")) and str(address(normal)) == normal


def _extensions_of(local: str, domain: str) -> str:
    prefix = local[:-1].lower()
    if len(prefix) < 2 or prefix[-1].isalnum() or "*" in prefix:
        raise ValueError("a * needs a user and a delimiter before it, as in user+*@domain")
    if sum(not character.isalnum() for character in prefix) > MAX_DELIMITERS:
        raise ValueError(f"more than {MAX_DELIMITERS} signs before the *: no address would match")
    if not _reads_back(f"{prefix}any@{domain}"):
        raise ValueError(_NOT_PLAIN)
    return f"{prefix}@{domain}"


def _pattern_entry(line: str) -> Entry:
    match = _PATTERN.fullmatch(line)
    if match is None:
        raise ValueError(
            "a regular expression stands between two slashes, then blanks, label; write \\/ for a slash in it"
        )
    pattern = match["pattern"].replace("\\/", "/")
    compile_pattern(pattern)
    return Entry(_trap(match["rest"] or ""), pattern=pattern)


def compile_pattern(pattern: str) -> object:
    """`pattern` as RE2 has it: no backtracking, so no input makes it slow.

    Raises ValueError: it is no regular expression, or too large.
    """
    try:
        return re2.compile(pattern, pattern_options(MAX_PATTERN_BYTES))
    except re2.error:
        raise ValueError("not a regular expression of RE2 (no look-around, no back-references), or too large") from None


def pattern_options(max_bytes: int) -> re2.Options:
    """Without case, bounded memory, and silent: RE2's own log would show the pattern."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = max_bytes
    return options


def _trap(rest: str) -> Trap:
    words = rest.split()
    kind: Kind = "pristine"
    if words and words[-1] in get_args(Kind):
        kind = words.pop()  # type: ignore[assignment]  # one of Kind's values, as just tested
    if not words:
        raise ValueError("no label. Expected: address or @domain or /regex/, blanks, label (where it was planted)")
    return Trap(" ".join(words), kind)
