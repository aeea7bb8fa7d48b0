"""What is to be done with a message in the inbox, in which order: the wishes of the command line as steps. Pure.

What takes a message away comes last, so that whatever fails before it leaves the message where it is.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from trapline.mailboxes.scan_verdict import Verdict

CertainAction = Literal["leave", "flag", "copy", "move", "delete", "remove"]


class Step(Enum):
    """One thing that is done on the server."""

    FLAG = "flagged"
    COPY = "copied"
    REPORT = "filed with the report"
    MOVE = "moved"
    DELETE = "marked as deleted"
    EXPUNGE = "removed"


FILING = frozenset({Step.COPY, Step.REPORT})  #: after these the message is in two folders

# `remove` is to delete and to expunge: nothing is left.
_CERTAIN: dict[CertainAction, tuple[Step, ...]] = {
    "leave": (),
    "flag": (Step.FLAG,),
    "copy": (Step.COPY,),
    "move": (Step.MOVE,),
    "delete": (Step.DELETE,),
    "remove": (Step.DELETE, Step.EXPUNGE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks to be done with spam; nothing by default."""

    copy: bool = False  #: into the folder for spam
    move: bool = False
    report: bool = False  #: file it there with the scanner's report, instead of a copy
    flag: bool = False
    delete: bool = False  #: mark it as deleted in the inbox
    expunge: bool = False  #: and remove what this run marked
    certain: CertainAction | None = None  #: what is done with certain spam instead; None: the same

    def contradiction(self) -> str | None:
        """Why these can't be wished for together; None where they can."""
        if self.copy and (self.move or self.report):
            return "--copy with --move or --report: one copy in the folder for spam is enough"
        if self.move and self.delete:
            return "--move with --delete: what is moved is not in the inbox any more"
        if self.expunge and not self.delete:
            return "--expunge removes what --delete marks: give both"
        return None

    def steps(self, verdict: Verdict) -> tuple[Step, ...]:
        """What is done with a message of this verdict."""
        if verdict == "ham":
            return ()
        if verdict == "certain" and self.certain is not None:
            return _CERTAIN[self.certain]
        wished = {
            Step.FLAG: self.flag,
            Step.COPY: self.copy,
            Step.REPORT: self.report,
            Step.MOVE: self.move and not self.report,
            Step.DELETE: self.delete or (self.move and self.report),
            Step.EXPUNGE: self.expunge or (self.move and self.report),
        }
        return tuple(step for step, wanted in wished.items() if wanted)
