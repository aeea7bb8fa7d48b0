"""How many recipients were refused or put off, by day and zone: counted from this host's journal.

The milter tells its log and its metrics, and nobody else: the reporter never hears of mail that was refused. Of the
two the journal outlives a restart and knows the day. Read by journalctl, since its files are nobody's business; line by
line, whatever their number. Any user may write our fields there, so what counts is who wrote, which journald says
itself: the milter's unit, its user, or root. Source: systemd.journal-fields(7), journalctl(1).
"""

import json
import pwd
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from trapline.cli.doctor.site import MILTER_USER
from trapline.config.errors import TraplineError
from trapline.config.printable import printable

MAX_ZONES = 20  #: that are told apart
MAX_ZONE_LENGTH = 30
OTHERS = "others"
UNIT = "trapline-milter.service"  #: no user can give a unit of his own this name: theirs are in `_SYSTEMD_USER_UNIT`

_EVENTS = ("refused", "deferred")
_ACCESS = ("journalctl", "--no-pager", "--lines=0")
# What journalctl says, without --quiet, and ends with 0.
_PARTLY, _NOTHING = "You are currently not seeing messages from", "No journal files were found"
_AS_WHO = "Run it as root, or as a member of the group systemd-journal"


class NoJournal(TraplineError):
    """The journal can't be read."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What the journal says."""

    by_day: dict[tuple[date, str], int]  #: recipients, by day (UTC) and zone
    first: datetime | None  #: of the oldest line that was counted

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones, that with the most recipients first."""
        totals: Counter[str] = Counter()
        for (_, zone), number in self.by_day.items():
            totals[zone] += number
        return tuple(sorted(totals, key=lambda zone: (-totals[zone], zone)))


def from_journal(since: datetime) -> Refused:
    """What was refused from `since` on. Raises NoJournal: journalctl is not there, or may not read it."""
    with _lines(since) as lines:
        return counted(lines)


def counted(lines: Iterable[bytes]) -> Refused:
    """The lines of `journalctl -o json`, counted; what is no object with our fields is passed over."""
    found: Counter[tuple[date, str]] = Counter()
    zones: set[str] = set()
    first: datetime | None = None
    for line in lines:
        told = _told(line)
        if told is None:
            continue
        at, zone = told
        if zone not in zones and len(zones) >= MAX_ZONES:
            zone = OTHERS
        zones.add(zone)
        found[at.date(), zone] += 1
        first = at if first is None else min(first, at)
    return Refused(dict(found), first)


def _told(line: bytes) -> tuple[datetime, str] | None:
    try:
        table = json.loads(line)
        at = datetime.fromtimestamp(int(table["__REALTIME_TIMESTAMP"]) / 1_000_000, UTC)
        zone, event = table["ZONE"], table["TRAPLINE_EVENT"]
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None
    if event not in _EVENTS or not isinstance(zone, str):
        return None
    return at, printable(zone, MAX_ZONE_LENGTH)


@contextmanager
def _lines(since: datetime) -> Iterator[Iterable[bytes]]:
    options = ["--no-pager", "--output=json", "--output-fields=TRAPLINE_EVENT,ZONE"]
    command = ["journalctl", *options, f"--since=@{since.timestamp():.0f}", *matches(_milter_uid())]
    try:
        # With JSON it never says that it saw only a part, so it is asked for no lines at all first.
        access = subprocess.run(_ACCESS, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        if (why := objection(access.returncode, access.stderr.decode(errors="replace"))) is not None:
            raise NoJournal(why)
        process = subprocess.Popen(  # noqa: S603  a number is all that varies
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise NoJournal(f"journalctl can't be run: {error.strerror}") from None
    with process:
        assert process.stdout is not None  # noqa: S101  both are pipes
        assert process.stderr is not None  # noqa: S101
        yield process.stdout
        said = process.stderr.read(2000).decode(errors="replace")
    if (why := objection(process.returncode, said)) is not None:
        raise NoJournal(why)


def matches(milter_uid: int | None) -> tuple[str, ...]:
    """The entries that count, as journalctl is asked for them; None: there is no user for the milter here.

    Fields of one name are alternatives, different names must all fit, `+` begins another alternative.
    """
    events = tuple(f"TRAPLINE_EVENT={event}" for event in _EVENTS)
    users = tuple(f"_UID={uid}" for uid in (0, milter_uid) if uid is not None)
    return (f"_SYSTEMD_UNIT={UNIT}", *events, "+", *users, *events)


def _milter_uid() -> int | None:
    try:
        return pwd.getpwnam(MILTER_USER).pw_uid
    except KeyError:
        return None


def objection(code: int, said: str) -> str | None:
    """Why what journalctl printed is not all that there is, by its exit code and its messages; None: it is."""
    if _PARTLY in said:
        return f"this user may not read all of the journal. {_AS_WHO}"
    if code:
        why = printable(" ".join(said.split()), 300).rstrip(".") or f"journalctl ended with {code}"
        return f"{why}. {_AS_WHO}"
    return "this host keeps no journal" if _NOTHING in said else None
