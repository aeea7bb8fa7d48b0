"""What one run of `trapline scan` is to do with a mailbox, and what came of each message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from trapline.config.clock import Clock
from trapline.config.errors import TraplineError
from trapline.config.mailbox_scan import Scan, ScannerName
from trapline.filters.scanner import Learnt, Lesson, Scanner, Score, Seen
from trapline.mailboxes.scan_steps import Step, Wishes
from trapline.mailboxes.scan_verdict import Verdict

PATIENCE = 3  #: messages in succession that a scanner may fail at, before the run is ended
SLACK_BYTES = 65_536  #: that a message may be longer than the server says: it may count line ends otherwise

Kind = Literal["imap", "scanner", "locked"]


class ScannerGone(TraplineError):
    """A scanner that is needed can't go on with any message: the run of this mailbox ends."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong, and whose turn it is."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done. `see` says what the mailbox's trusted server wrote about a message's transaction."""

    settings: Scan
    scanners: Mapping[ScannerName, Scanner]
    wishes: Wishes
    see: Callable[[bytes], Seen]
    clock: Clock
    dry_run: bool = False  #: nothing is changed, taught or remembered
    again: bool = False  #: what was seen before is scanned, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What came of one message in the inbox."""

    uid: int
    size_bytes: int
    verdict: Verdict | Literal["too large", "failed"]
    scores: Mapping[str, Score] = field(default_factory=dict)  #: by scanner
    steps: tuple[Step, ...] = ()  #: what was done; in a dry run: what would be
    sender: str = ""  #: as From says; the sender's own words, as is the subject
    subject: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What came of one message in a folder for teaching."""

    uid: int
    lesson: Lesson
    results: Mapping[str, Learnt] = field(default_factory=dict)  #: by scanner; in a dry run: none
    troubles: tuple[Trouble, ...] = ()
