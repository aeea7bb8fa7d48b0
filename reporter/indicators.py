"""What can be reported, and what is decided about it: the words that evidence, decisions, store and sender share."""

from dataclasses import dataclass
from typing import Literal

IndicatorKind = Literal["ip", "domain", "url", "email"]  #: as the Submission Portal names its four kinds


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that a message showed us."""

    kind: IndicatorKind
    value: str  #: the address, the domain (lower case A-labels), the normalised URL; for `email` the message's id
    sources: tuple[str, ...]  #: where it was seen: "client", "mail_from", "helo", "from", "html:a", "text", …; sorted


@dataclass(frozen=True, slots=True)
class Report:
    """It may be reported: no rule objects."""

    second: str | None = None  #: why only after a second, different message of the same sender; None: at once
    witness: str | None = None  #: why only once another mailbox or a trap saw the same client; None: at once


@dataclass(frozen=True, slots=True)
class Skip:
    """It is left alone, and why, in words a mail admin understands."""

    reason: str


Decision = Report | Skip


def without_history(decision: Decision) -> Decision:
    """The decision about a first message of its sender."""
    if isinstance(decision, Report) and decision.second is not None:
        return Skip(f"{decision.second}: only after a second, different message of this sender")
    return without_witness(decision)


def without_witness(decision: Decision) -> Decision:
    """The decision about a client that nobody else saw."""
    if isinstance(decision, Report) and decision.witness is not None:
        return Skip(f"{decision.witness}: only once another mailbox or a trap saw this client within 7 days")
    return decision


@dataclass(frozen=True, slots=True)
class Judged:
    """An indicator with what was decided about it."""

    indicator: Indicator
    decision: Decision
