"""Rules about teaching the spam filter: what of the caught mail it may learn from.

A filter that has learned a wrong word harms everybody here, quietly and for long; one that missed a lesson harms
nobody. So it learns only from strangers' mail to traps: not from clients that are never listed here (listing.py), nor
from those that are listed only after hits on two traps; and the rules below are stricter than that. The innocent are
the people whose own mail looks like what was learned.
"""

from collections.abc import Callable
from dataclasses import dataclass

from trapline.reporter.decisions.listing import Listing, Spare
from trapline.reporter.evidence.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Teach:
    """The filter may learn from the message."""


@dataclass(frozen=True, slots=True)
class Leave:
    """It may not."""

    rule: str  #: the rule's name, `mixed`
    reason: str  #: in words a mail admin understands


Teaching = Teach | Leave
Rule = Callable[[Evidence], str | None]


def mixed(evidence: Evidence) -> str | None:
    """Leave mail that people got too, whatever submit_mixed says. Protects lists that merely have a trap on them."""
    return "mixed: people got this message too" if evidence.envelope.mixed else None


def backscatter(evidence: Evidence) -> str | None:
    """Leave what looks like a bounce or automatic reply, forged or not. Protects those that people wait for."""
    why = evidence.automatic
    return None if why is None else f"backscatter: a bounce or automatic reply ({why})"


def program_notice(evidence: Evidence) -> str | None:
    """Leave what looks like a program's notice, forged or not. Protects shops and sites, whose notices look alike."""
    return "a program's notice (Auto-Submitted)" if evidence.generated else None


def confirmation(evidence: Evidence) -> str | None:
    """Leave what reads like a request to confirm a subscription, forged or not. Protects those that people ask for."""
    return "reads like a subscription confirmation" if evidence.confirmation else None


def nothing_to_read(evidence: Evidence) -> str | None:
    """Leave a message without a text, or without its end. Protects everybody from words that stand there by chance."""
    if evidence.envelope.bodiless or not evidence.sketch:
        return "there is no text to learn from"
    if evidence.envelope.truncated or evidence.error is not None:
        return "not all of it could be read"
    return None


RULES: tuple[Rule, ...] = (mixed, backscatter, program_notice, confirmation, nothing_to_read)


def teaching(evidence: Evidence, listing: Listing) -> Teaching:
    """`Teach`, unless a rule objects; the first objection is the reason that the user sees.

    `listing` is what was decided about the client, dnswl.org's answer included.
    """
    if isinstance(listing, Spare):
        return Leave(listing.rule, f"its client is spared: {listing.reason}")
    if listing.traps > 1:
        return Leave(listing.rule or "doubted", listing.why or "only after hits on several traps")
    for rule in RULES:
        if (why := rule(evidence)) is not None:
            return Leave(rule.__name__, why)
    return Teach()
