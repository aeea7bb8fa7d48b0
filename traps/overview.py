"""How many lines each label has: what can be shown of the traps without showing a trap."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trapline.traps.file import Entry
from trapline.traps.line import written
from trapline.traps.traps import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one label and kind."""

    label: str
    kind: Kind
    addresses: tuple[str, ...] = field(repr=False)  #: as the trap file has them, in normal form


def groups(entries: Iterable[Entry]) -> tuple[Group, ...]:
    """The labels and kinds in the order in which they first appear."""
    found: dict[tuple[str, Kind], list[str]] = {}
    for entry in entries:
        found.setdefault((entry.trap.label, entry.trap.kind), []).append(written(entry))
    return tuple(Group(label, kind, tuple(addresses)) for (label, kind), addresses in found.items())
