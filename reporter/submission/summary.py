"""What a run did, in the words of its last lines. Pure: numbers in, text out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from trapline.config.events import Event
from trapline.reporter.submission.queue import State


@dataclass(slots=True)
class Summary:
    """The counts of one run. Mutable: the run counts while it goes."""

    taken: int = 0  #: messages
    repeated: int = 0  #: messages that were known already
    failed: int = 0  #: files that could not be read
    report: int = 0  #: decisions
    skip: int = 0
    accepted: int = 0  #: submissions
    known: int = 0
    refused: int = 0
    dropped: int = 0

    def add(self, other: "Summary") -> None:
        """Count what `other` counted, too."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def took(self) -> bool:
        """Whether there was any mail."""
        return bool(self.taken or self.repeated)

    def event(self, queued: int) -> Event:
        """A round of the daemon in its log; what was submitted, and what failed, has lines of its own."""
        facts = {"messages": self.taken, "report": self.report, "skip": self.skip, "queued": queued}
        return Event("taken in", facts | ({"repeated": self.repeated} if self.repeated else {}))

    def lines(self, standing: Mapping[State, int]) -> tuple[str, ...]:
        """The last lines of a run; `standing` is how many submissions are in each state now."""
        known = f", {self.repeated} known already" if self.repeated else ""
        queued = standing["queued"] + standing["sending"]
        of_this_run = f"{self.accepted} accepted, {self.known} known, {self.refused} refused"
        return (
            f"messages: {self.taken} taken in, {self.failed} failed{known}",
            f"decisions: {self.report} report, {self.skip} skip",
            f"submissions: {of_this_run}, {standing['waiting']} waiting, {queued} queued, {self.dropped} dropped",
        )
