"""The files that the list is written to, as they are configured.

Who may read them: the zone files, the map and the plain text anybody on the machine (0644), since rbldnsd, named and
Postfix run as users of their own and what is in there is what they tell the world; the milter's file the group trapline
(0640), and so the JSON, which has the traps' labels and the minute of each hit.
"""

from pathlib import Path
from typing import Protocol

from trapline.blocklist.access_map import access_map
from trapline.blocklist.answers import Answers
from trapline.blocklist.bind import bind
from trapline.blocklist.details import details
from trapline.blocklist.formats import Stamp
from trapline.blocklist.milter_ranges import MilterFile
from trapline.blocklist.plain_text import plain_text
from trapline.blocklist.rbldnsd import rbldnsd
from trapline.blocklist.spliced import SplicedFile
from trapline.blocklist.table import Table
from trapline.blocklist.zone import Zone, later, serial_of
from trapline.config.blocklist_files import Served
from trapline.reporter.listing.postmap import Postmap

FOR_ALL = 0o644
FOR_THE_GROUP = 0o640

ZONE_FILES = ("rbldnsd", "bind")

_HEAD_BYTES = 2000  # in which SOA stands, however many name servers follow


class Target(Protocol):
    """A file of the list."""

    path: Path

    def is_current(self) -> bool:
        """Whether the file is the one that was written last; not so at the start."""

    def update(self, table: Table, stamp: Stamp) -> bool:
        """Have the file say what `table` does. Whether it was written. Raises NotWritten."""


def targets(served: Served) -> dict[str, Target]:
    """The files by the names of their settings; without the default one where its folder is not there."""
    answers, zone = Answers.configured(served), Zone.configured(served.zone)
    paths = served.files.paths()
    return {
        name: _target(name, path, answers, zone)
        for name, path in paths.items()
        if name not in served.files.by_default or path.parent.is_dir()
    }


def last_serial(files: dict[str, Target]) -> int | None:
    """The latest serial among the zone files as they are; None where there is none."""
    found: int | None = None
    for name in ZONE_FILES:
        if name in files:
            found = later(found, _serial(files[name].path))
    return found


def _target(name: str, path: Path, answers: Answers, zone: Zone) -> Target:
    match name:
        case "milter":
            return MilterFile(path, answers, FOR_THE_GROUP)
        case "rbldnsd":
            return SplicedFile(path, rbldnsd(answers, zone), FOR_ALL)
        case "bind":
            return SplicedFile(path, bind(answers, zone), FOR_ALL)
        case "text":
            return SplicedFile(path, plain_text(), FOR_ALL)
        case "details":
            return SplicedFile(path, details(answers), FOR_THE_GROUP)
        case "postmap":
            return SplicedFile(path, access_map(answers), FOR_ALL, Postmap())
        case _:
            raise AssertionError(f"no format is called {name}")


def _serial(path: Path) -> int | None:
    try:
        with path.open("rb") as file:
            return serial_of(file.read(_HEAD_BYTES))
    except OSError:
        return None  # what is wrong with it is told when it is written
