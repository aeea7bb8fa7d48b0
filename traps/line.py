"""One line of the trap file as it is written. Every new one must pass the parser in `file.py`."""

import re
from pathlib import Path
from typing import get_args

from trapline.traps.errors import BadTrap, TrapFileError
from trapline.traps.file import Entry, parse
from trapline.traps.matching import TrapSet
from trapline.traps.traps import Kind, Trap

_ADDRESS = re.compile(r"[^\s<>(),;:\"'!?]+@[^\s<>(),;:\"'!?]+")  # in a label, which is prose


def new_line(what: str, label: str, kind: Kind = "pristine") -> tuple[str, Entry]:
    r"""The line that traps `what` (an address, @domain, user+*@domain or /regex/), and what the parser makes of it.

    Raises BadTrap: the parser would refuse the line, or understand something else than what was meant.

    >>> new_line("hidden1@mx.example", "web page, footer")[0]
    'hidden1@mx.example  web page, footer'
    >>> new_line("hidden2@mx.example", "forum, about a typo")[0]
    'hidden2@mx.example  forum, about a typo  pristine'
    """
    label = " ".join(label.split())
    last_word = label.rpartition(" ")[2]
    # A label that ends in the name of a kind would be cut, so the kind itself follows it.
    written_kind = f"  {kind}" if kind != "pristine" or last_word in get_args(Kind) else ""
    line = f"{what.strip()}  {label}{written_kind}"
    if not line.isprintable():
        raise BadTrap("an address or label has characters that can't be printed")
    try:
        entries = parse(Path("new line"), line)
    except TrapFileError as error:
        raise BadTrap(error.why) from None
    if len(entries) != 1 or entries[0].trap != Trap(label, kind):
        raise BadTrap("an address has no blanks and does not begin with #; a label has no # after a blank")
    _refuse_telling(label, entries[0])
    return line, entries[0]


def _refuse_telling(label: str, entry: Entry) -> None:
    """Raises BadTrap: an address in the label is the trap. Labels stand in logs and reports, traps never do."""
    trap = TrapSet([entry])
    if any(map(trap.match, _ADDRESS.findall(label))):
        raise BadTrap("the label holds the trap's address: labels are logged. Say where it is planted")


def written(entry: Entry) -> str:
    """What `entry` traps, as a trap file has it, in normal form. It is a trap: show it only to who asked for it."""
    if entry.address is not None:
        return entry.address
    if entry.domain is not None:
        return f"@{entry.domain}"
    if entry.extensions_of is not None:
        local, _, domain = entry.extensions_of.rpartition("@")
        return f"{local}*@{domain}"
    return f"/{slashes_escaped(entry.pattern or '')}/"


def slashes_escaped(pattern: str) -> str:
    r"""`pattern` as it stands between two slashes.

    >>> slashes_escaped("a/b")
    'a\\/b'
    """
    return pattern.replace("/", "\\/")


def identity(entry: Entry) -> tuple[str | None, ...]:
    """What `entry` traps, as something that can be compared: equal for two lines that differ in their labels only."""
    return (entry.address, entry.domain, entry.extensions_of, entry.pattern)
