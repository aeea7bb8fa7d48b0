"""How many lines each label has: what can be shown of the traps without showing a trap."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import get_args

from trapline.traps.file import Entry
from trapline.traps.line import written
from trapline.traps.traps import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one label and kind."""

    label: str
    kind: Kind
    addresses: tuple[str, ...] = field(repr=False)  #: as the trap file has them, in normal form


_ALIKE = 0.85  #: "recyled" is; "recycling", which a label may well end with, is not


def groups(entries: Iterable[Entry]) -> tuple[Group, ...]:
    """The labels and kinds in the order in which they first appear."""
    found: dict[tuple[str, Kind], list[str]] = {}
    for entry in entries:
        found.setdefault((entry.trap.label, entry.trap.kind), []).append(written(entry))
    return tuple(Group(label, kind, tuple(addresses)) for (label, kind), addresses in found.items())


def misspelt_kinds(entries: Iterable[Entry]) -> tuple[str, ...]:
    """A sentence for each label whose last word is nearly a kind: then the trap counts as `pristine`.

    Protects the senders of `recycled` and `typo` traps, who may be innocent.
    """
    labels = dict.fromkeys(entry.trap.label for entry in entries if entry.trap.kind == "pristine")
    return tuple(
        f'the label "{label}" ends with a word that is not a kind, so pristine is assumed: is "{kind}" meant?'
        for label in labels
        for kind in get_close_matches(label.rpartition(" ")[2].lower(), get_args(Kind), n=1, cutoff=_ALIKE)
    )
