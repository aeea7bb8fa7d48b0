"""The lists that keep innocent parties out of reports: what a host name is known as.

The files are data (`data/*.txt`, with source, date and licence in their headers), read once. An entry matches its host
and all hosts below it, at label borders; one with a path matches that path and what is below it. The operator can
extend and overrule them (`[reporter.lists]`). What follows from a match is decided in decisions/; this module only
finds it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

MAX_LABELS = 127  #: of a name in the DNS (RFC 1035, 2.3.4); a link's host may have thousands
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


_NONE: frozenset[str] = frozenset()

# Of a host that the operator puts on a list: what is most careful with it.
_OPERATORS_KIND: dict[ListName, str] = {
    "link_wrappers": "wrapper",
    "shorteners": "open",
    "shared_hosting": "host",
    "esp": "both",
    "freemail": "",
    "forwarders": "forward",
    "well_known": "brand",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list."""

    listed_in: ListName
    host: str  #: lower case A-labels
    path: str  #: "" or a path prefix such as "/url"
    kind: str  #: the second column; "" where the list has none
    hint: str  #: the third column of link_wrappers, else ""


class Lists:
    """All lists, with what the operator says beside them. Immutable."""

    def __init__(self, configured: Mapping[str, Iterable[str]] | None = None) -> None:
        """`configured`: by list, the hosts that are on it too, and with a leading `!` those that are not.

        A host stands for all below it; a longer name has the last word. `shorteners` is said of both its files.
        """
        said = {name: tuple(hosts) for name, hosts in (configured or {}).items()}
        self._more = {name: frozenset(host for host in hosts if host[0] != "!") for name, hosts in said.items()}
        self._fewer = {name: frozenset(host[1:] for host in hosts if host[0] == "!") for name, hosts in said.items()}
        self._fewer["shorteners_ccbysa"] = self._fewer.get("shorteners", _NONE)
        self._said = _NONE.union(*self._more.values(), *self._fewer.values())
        self.known_link = lru_cache(maxsize=50_000)(self._known_link)
        self.known_names = lru_cache(maxsize=50_000)(self._known_names)

    def _known_link(self, host: str, path: str = "") -> Entry | None:
        """What the host of a link is known as: the longest match, the operator's, one with a path, the lists' order.

        `path` is the URL's path; only a wrapper may need it.
        """
        hosts = self._named(host)
        found = [entry for name in LINK_LISTS if (entry := self._longest(hosts, path, name))]
        return max(found, key=self._precedence, default=None)  # of equals max() keeps the first

    def _precedence(self, entry: Entry) -> tuple[int, bool, int]:
        return len(entry.host), entry.host in self._more.get(entry.listed_in, _NONE), len(entry.path)

    def _known_names(self, host: str) -> tuple[Entry, ...]:
        """All that `host` is known as in an address, as HELO or as a client's name: the longest match of each list."""
        hosts = self._named(host)
        return tuple(entry for name in ADDRESS_LISTS if (entry := self._longest(hosts, "", name)))

    def _named(self, host: str) -> list[str]:
        """`host` and those above it, as far as any list or the operator names them: of most hosts, none."""
        labels = host.split(".")[-MAX_LABELS:]
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return [name for name in names if name in _listed_hosts() or name in self._said]

    def _longest(self, hosts: Iterable[str], path: str, name: ListName) -> Entry | None:
        """What the list `name` says of the first of `hosts` that it knows."""
        for host in hosts:
            if host in self._more.get(name, _NONE):
                return Entry(name, host, "", _OPERATORS_KIND[name], "")
            if host in self._fewer.get(name, _NONE):
                return None
            found = [entry for entry in _table(name).get(host, ()) if _covers(entry.path, path)]
            if found:
                return max(found, key=lambda entry: len(entry.path))
        return None


def _covers(prefix: str, path: str) -> bool:
    return not prefix or path == prefix or path.startswith((prefix + "/", prefix + "?"))


@cache
def _listed_hosts() -> frozenset[str]:
    return _NONE.union(*(_table(name) for name in {*LINK_LISTS, *ADDRESS_LISTS}))


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


SHIPPED = Lists()  #: as they come with this release
