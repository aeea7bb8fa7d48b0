"""What a spam filter is asked and what it answers, whichever it is.

`spamd.py` and `rspamd.py` are the clients. What a filter says is its own opinion: who acts on it, and from which score
on, is the caller's business.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from trapline.config.errors import TraplineError
from trapline.config.names import IpAddress

MAX_SYMBOLS = 500  #: of an answer that are kept
MAX_SYMBOL_LENGTH = 200  #: characters of a symbol's name
MAX_REPORT_LENGTH = 100_000  #: characters of a report

Lesson = Literal["spam", "ham"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A rule of the filter that hit."""

    name: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a filter says of one message."""

    spam: bool  #: in the filter's own opinion
    score: float
    threshold: float | None  #: from which on the filter calls it spam; None where it does not tell
    symbols: tuple[Symbol, ...] = ()
    report: str = ""  #: for people; parts of it may be the sender's words


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What our own receiving host saw of the message's transaction; None where that is not known."""

    client: IpAddress | None = None
    helo: str | None = None
    mail_from: str | None = None  #: "" is the null sender


NOTHING_SEEN = Seen()


class Learnt(Enum):
    """What came of a lesson."""

    LEARNT = "learnt"
    NOTHING_NEW = "nothing new"  #: known already, or the filter learns nothing at all: it does not tell which
    TOO_SHORT = "too short"  #: too few words for the filter to learn from


class FilterError(TraplineError):
    """A filter gave no answer to one message, or none that can be read; the next one may go well."""


class TooLargeError(FilterError):
    """The message is larger than what the filter is given."""


class FilterDownError(FilterError):
    """The filter can't be used at all as it is: not there, not allowed, not able. The message is not to blame."""


class UnableError(FilterError):
    """The filter has no way to do this, whatever the message is."""


class Scanner(Protocol):
    """A spam filter. Each of its requests may take as long as the filter's timeout; every method raises FilterError."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    def scan(self, message: bytes, seen: Seen = NOTHING_SEEN) -> Score:
        """What the filter says of `message`."""

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        """Teach it that `message` is of this kind; what it was taught before of the same message is replaced."""
