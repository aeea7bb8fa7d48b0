"""The list as plain text: an address or network a line, for whatever reads such a thing (a firewall, a script)."""

from collections.abc import Iterable

from trapline.blocklist.answers import shown
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, Stamp
from trapline.blocklist.stretches import VERSIONS, Stretch


def plain_text() -> Format:
    """The format. A line that begins with `#` is a comment."""
    return Format(tuple(Section(version, _hosts, _networks) for version in VERSIONS), _head)


def _head(stamp: Stamp) -> bytes:
    return f"# Written by trapline at {stamp.at:%Y-%m-%d %H:%M:%S} UTC: changes are lost\n".encode("ascii")


def _hosts(stretch: Stretch) -> bytes:
    return _networks(stretch.entries)


def _networks(networks: Iterable[Entry]) -> bytes:
    return "".join(f"{shown(entry)}\n" for entry in networks).encode("ascii")
