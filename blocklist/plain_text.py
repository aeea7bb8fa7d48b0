"""The list as plain text: an address or network a line, for whatever reads such a thing (a firewall, a script)."""

from collections.abc import Iterable

from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, head_line
from trapline.blocklist.stretches import VERSIONS, Stretch
from trapline.config.networks import shown


def plain_text() -> Format:
    """The format. A line that begins with `#` is a comment."""
    return Format(tuple(Section(version, _hosts, _networks) for version in VERSIONS), head_line)


def _hosts(stretch: Stretch) -> bytes:
    return _networks(stretch.entries)


def _networks(networks: Iterable[Entry]) -> bytes:
    return "".join(f"{shown(entry.network)}\n" for entry in networks).encode("ascii")
