"""What the Submission Portal can answer, as types: the meaning of a status and its body, without HTTP.

portal.py makes them; their readers each match them in full.
"""

from dataclasses import dataclass
from datetime import timedelta

from trapline.reporter.submission.portal_list import Reviewed


@dataclass(frozen=True, slots=True)
class Accepted:
    """200: the portal took it."""

    id: str  #: the portal's; its review is found by it


@dataclass(frozen=True, slots=True)
class Known:
    """208: it has been reported before, and there is no id."""


@dataclass(frozen=True, slots=True)
class Refused:
    """400, 413, 422: the portal does not want it, and never will."""

    message: str  #: the portal's words


@dataclass(frozen=True, slots=True)
class NotAuthorised:
    """401, 403: the token is wrong. It is the user's turn; the submission is none the worse."""

    message: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """No answer that means anything: 429, 5xx, a broken connection, a web page instead of JSON."""

    why: str
    after: timedelta | None = None  #: as the portal asks for, at most LONGEST_PAUSE; None where it does not say
    everyone: bool = False  #: it concerns the account or the line, not this submission
    failure: bool = True  #: False for a 429, which is merely "slow down"


Outcome = Accepted | Known | Refused | NotAuthorised | TryLater


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request."""

    outcome: Outcome
    rest: timedelta | None = None  #: the portal's limit is used up for so long, at most LONGEST_REST


@dataclass(frozen=True, slots=True)
class Counts:
    """`submissions/count`: this account's last 30 days."""

    total: int
    matched: int  #: those whose value is in any dataset, whoever was first


@dataclass(frozen=True, slots=True)
class Page:
    """One page of `submissions/list`."""

    items: tuple[Reviewed, ...]
    count: int  #: of the items on the page, those too that make no sense
    size_bytes: int
    rest: timedelta | None = None  #: as in `Answer`


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The page has more than portal.py's MAX_LIST_BYTES: ask for fewer items."""


@dataclass(frozen=True, slots=True)
class ThreatType:
    """One line of `lookup/threats-types`."""

    code: str
    type: str  #: "*", or the kind that it is for
