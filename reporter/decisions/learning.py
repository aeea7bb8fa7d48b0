"""Rules about teaching the spam filter: what of the caught mail it may learn from.

A filter that has learned a wrong word harms everybody here, quietly and for long; one that missed a lesson harms nobody.
So it learns from strangers' mail to traps alone, and whoever is spared anywhere else is spared here. The innocent are the
people whose own mail looks like what was learned.
"""

from collections.abc import Callable
from dataclasses import dataclass

from trapline.reporter.decisions import addresses, messages
from trapline.reporter.decisions.situation import Situation
from trapline.reporter.indicators import Skip


@dataclass(frozen=True, slots=True)
class Teach:
    """The filter may learn from the message."""


@dataclass(frozen=True, slots=True)
class Leave:
    """It may not."""

    rule: str  #: the rule's name, `mixed`
    reason: str  #: in words a mail admin understands


Teaching = Teach | Leave
Objection = Callable[[Situation], str | None]


def own_user(situation: Situation) -> str | None:
    """Leave mail of our own users. Protects them: their words are the ones that all of us write."""
    client = situation.evidence.envelope.client
    return "sent by an authenticated or exempt client of ours" if client.authenticated or client.exempt else None


def mixed(situation: Situation) -> str | None:
    """Leave mail that people got too, whatever submit_mixed says. Protects lists that merely have a trap on them."""
    return "mixed: people got this message too" if situation.evidence.envelope.mixed else None


def junk_folder(situation: Situation) -> str | None:
    """Leave what came from a Junk folder. Protects senders of whom one person was tired: that teaches his filter."""
    return "from a Junk folder: one person's opinion" if situation.evidence.envelope.role == "junk" else None


def no_trap_of_ours(situation: Situation) -> str | None:
    """Leave what hit no pristine trap. Protects who knew the old owner of an address, or mistyped it."""
    traps = situation.evidence.envelope.traps
    if any(trap.kind not in {"recycled", "typo"} for trap in traps):
        return None
    return "no pristine trap was hit: its senders may be innocent"


def backscatter(situation: Situation) -> str | None:
    """Leave bounces and automatic replies, whatever report_backscatter says. Protects the bounces that people need."""
    why = situation.evidence.automatic
    return None if why is None else f"backscatter: a bounce or automatic reply ({why})"


def program_notice(situation: Situation) -> str | None:
    """Leave a program's notice. Protects the shops and sites whose notices look alike, and on which anybody types."""
    return "a program's notice (Auto-Submitted)" if situation.evidence.generated else None


def confirmation(situation: Situation) -> str | None:
    """Leave requests to confirm a subscription. Protects all those that people ask for."""
    return messages.confirmation(situation)


def unknown_client(situation: Situation) -> str | None:
    """Leave mail of which it is not known who sent it here. Protects whoever it was, should he be spared."""
    return None if situation.evidence.envelope.client.address else "the client's address is not known"


def spared_client(situation: Situation) -> str | None:
    """Leave the mail of a client that is spared: a provider, a forwarder, one of ours. Protects its other customers."""
    address = situation.evidence.envelope.client.address
    if address is None:
        return None
    objections = (rule(situation, address) for rule in addresses.RULES)
    return next((f"a spared client: {skip.reason}" for skip in objections if isinstance(skip, Skip)), None)


def newsletter(situation: Situation) -> str | None:
    """Leave what can be unsubscribed from and is proven. Protects newsletters, on which anybody can put a trap."""
    evidence = situation.evidence
    listed = any("list_unsubscribe" in seen.sources for seen in evidence.urls)
    if not listed or evidence.auth is None or not any(map(evidence.auth.covers, evidence.from_domains)):
        return None
    return "a newsletter of a proven sender: anybody may have subscribed the trap"


def nothing_to_read(situation: Situation) -> str | None:
    """Leave a message without a text, or without its end. Protects everybody from words that stand there by chance."""
    evidence = situation.evidence
    if evidence.envelope.bodiless or not evidence.sketch:
        return "there is no text to learn from"
    if evidence.envelope.truncated or evidence.error is not None:
        return "not all of it could be read"
    return None


RULES: tuple[Objection, ...] = (
    own_user,
    mixed,
    junk_folder,
    no_trap_of_ours,
    backscatter,
    program_notice,
    confirmation,
    unknown_client,
    spared_client,
    newsletter,
    nothing_to_read,
)


def teaching(situation: Situation) -> Teaching:
    """`Teach`, unless a rule objects; the first objection is the reason that the user sees."""
    for rule in RULES:
        if (why := rule(situation)) is not None:
            return Leave(rule.__name__, why)
    return Teach()
