"""The lists that keep innocent parties out of reports: what a host name is known as.

The files are data (`data/*.txt`, with source, date and licence in their headers), read once. An entry matches its host
and all hosts below it, at label borders; one with a path matches that path and what is below it. What follows from a
match is decided in decisions/; this module only finds it.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, get_args

ListName = Literal[
    "link_wrappers",
    "shorteners",
    "shorteners_ccbysa",
    "shared_hosting",
    "esp",
    "freemail",
    "forwarders",
    "well_known",
]

#: Which lists know links, and which know the names in addresses and of hosts; the first in order wins a tie.
LINK_LISTS: tuple[ListName, ...] = (
    "link_wrappers",
    "shorteners",
    "shorteners_ccbysa",
    "shared_hosting",
    "esp",
    "freemail",
    "well_known",
)
ADDRESS_LISTS: tuple[ListName, ...] = ("esp", "freemail", "forwarders", "well_known", "shared_hosting")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list."""

    listed_in: ListName
    host: str  #: lower case A-labels
    path: str  #: "" or a path prefix such as "/url"
    kind: str  #: the second column; "" where the list has none
    hint: str  #: the third column of link_wrappers, else ""


@lru_cache(maxsize=50_000)
def known_link(host: str, path: str = "") -> Entry | None:
    """What the host of a link is known as: the longest matching host, then one with a path, then the lists' order.

    `path` is the URL's path; only a wrapper may need it.
    """
    return _longest(host, path, LINK_LISTS)


@lru_cache(maxsize=50_000)
def known_names(host: str) -> tuple[Entry, ...]:
    """All that `host` is known as in a mail address, as HELO or as a client's name: the longest match of each list."""
    found = (_longest(host, "", (name,)) for name in ADDRESS_LISTS)
    return tuple(entry for entry in found if entry is not None)


def _longest(host: str, path: str, names: tuple[ListName, ...]) -> Entry | None:
    for suffix in _suffixes(host):
        found = [entry for name in names for entry in _table(name).get(suffix, ()) if _covers(entry.path, path)]
        if found:
            return max(found, key=lambda entry: len(entry.path))  # of equals max() keeps the first
    return None


def _suffixes(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _covers(prefix: str, path: str) -> bool:
    return not prefix or path == prefix or path.startswith((prefix + "/", prefix + "?"))


@cache
def _table(name: ListName) -> dict[str, tuple[Entry, ...]]:
    """The list `name` by host."""
    text = (files("trapline.reporter") / "data" / f"{name}.txt").read_text(encoding="ascii")
    table: dict[str, tuple[Entry, ...]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            entry = _entry(name, line.split("\t"))
            table[entry.host] = (*table.get(entry.host, ()), entry)
    return table


def _entry(name: ListName, columns: list[str]) -> Entry:
    host, slash, path = columns[0].partition("/")
    kind = "" if name == "freemail" else columns[1]
    hint = columns[2] if name == "link_wrappers" else ""
    return Entry(name, host, slash + path, kind, hint)


def every_list() -> tuple[ListName, ...]:
    """The names of all lists."""
    return get_args(ListName)
