"""What can be configured of scanning an inbox that has no filter: the table `scan` of a mailbox.

What is done with spam is said on the command line of `trapline scan`; by default nothing is changed.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from trapline.config.mailbox_texts import JUNK, Line
from trapline.config.section import Section
from trapline.config.values import a_list

ScannerName = Literal["spamd", "rspamd", "zones"]  #: zones: our own, the DQS zones are asked about the sender
Points = Annotated[float, Field(ge=-1000, le=1000)]

MAX_SCANNED_BYTES = 50_000_000


class Scan(Section):
    """How one mailbox is scanned."""

    scanners: Annotated[tuple[ScannerName, ...], BeforeValidator(a_list), Field(min_length=1)] = ("spamd",)
    decides: ScannerName | None = None
    folder: Line = "INBOX"
    spam_score: Points | None = None
    certain_score: Points | None = None
    spam_folder: Line = JUNK
    max_bytes: Annotated[int, Field(ge=1, le=MAX_SCANNED_BYTES)] = 512_000
    limit: Annotated[int, Field(ge=0)] = 50
    learn_spam: Line | None = None
    learn_ham: Line | None = None
    learnt: Literal["leave", "move", "flag", "delete"] = "leave"
    learnt_spam_folder: Line = JUNK
    learnt_ham_folder: Line = "INBOX"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """Raises ValueError: keys that can't stand together, each named."""
        if twice := next((one for one in self.scanners if self.scanners.count(one) > 1), None):
            raise ValueError(f'scanners: "{twice}" is there twice')
        if self.decides is not None and self.decides not in self.scanners:
            raise ValueError(f'decides = "{self.decides}": that is not one of the scanners')
        if self.spam_score is not None and self.certain_score is not None and self.certain_score < self.spam_score:
            raise ValueError("certain_score: it can't be lower than spam_score")
        folders = [("folder", self.folder), ("learn_spam", self.learn_spam), ("learn_ham", self.learn_ham)]
        named = [name for _, name in folders if name is not None]
        if wrong := next((key for key, name in folders if name is not None and named.count(name) > 1), None):
            raise ValueError(f"{wrong}: folder, learn_spam and learn_ham have to be different folders")
        if (self.learn_spam or self.learn_ham) and not self.teachers:
            raise ValueError("learn_spam, learn_ham: no scanner here can learn: add spamd or rspamd to scanners")
        return self

    @property
    def deciding(self) -> ScannerName:
        """The scanner whose word counts: the first, unless another one is configured."""
        return self.decides or self.scanners[0]

    @property
    def teachers(self) -> tuple[ScannerName, ...]:
        """The scanners that can learn."""
        return tuple(one for one in self.scanners if one != "zones")
