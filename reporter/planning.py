"""From a caught message to what is submitted of it: the judgement, with everything that must be so before it is sent.

Pure: intake.py reads and keeps. The rules are judge.py's; here each value, reason and sample is made ready and held
against our own addresses once more, whatever was decided.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from trapline.config.names import address
from trapline.reporter.decisions.listing import Listing
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.evidence.content import Content
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.indicators import IndicatorKind, Judged, Report, Skip
from trapline.reporter.judge import Context, Judgement, judge
from trapline.reporter.parsing.recipient_forms import Mentions, is_telling, mentions_recipient
from trapline.reporter.redaction.redaction import (
    MAX_ADDRESSES,
    Redactor,
    TooManyAddressesError,
    addresses_of_ours,
    ours,
)
from trapline.reporter.redaction.sample import Sample, prepare
from trapline.reporter.submission.reasons import reason
from trapline.reporter.submission.weights import REST, weight
from trapline.spool.envelope import Envelope
from trapline.traps.matching import TrapSet

MAX_OF_A_KIND = 20  #: submissions of one message: a sender who writes a thousand links must not use up the day's budget

Verify = Callable[[bytes, Envelope], Authentication | None]

_ORDER: tuple[IndicatorKind, ...] = ("ip", "domain", "url", "email")  # in which a message's submissions leave


@dataclass(frozen=True, slots=True)
class Planned:
    """One indicator, what became of its decision here, and what would be submitted."""

    judged: Judged
    value: str = ""  #: what makes it the same as another submission
    content: str = ""  #: the object of the submission
    reason: str = ""
    weight: int = REST  #: what the submission is worth


@dataclass(frozen=True, slots=True)
class Taken:
    """One message, as it goes into the store."""

    evidence: Evidence  #: its `content` as it may be shown
    subject: str | None  #: as it may be shown
    plans: tuple[Planned, ...]  #: in the order in which they are sent
    listing: Listing  #: whether the client may be listed on this server

    @property
    def judged(self) -> Iterator[Judged]:
        """The indicators with their decisions."""
        return (plan.judged for plan in self.plans)


@dataclass(frozen=True, slots=True)
class _Names:
    """Whether a text names a recipient: by the whole address, or by its local part too."""

    whole: Mentions
    in_part: Mentions  #: or by a domain of ours


class Planner:
    """Plans with one configuration and one set of traps."""

    def __init__(
        self, context: Context, traps: TrapSet, *, trap_labels: bool = False, verify: Verify | None = None
    ) -> None:
        """`trap_labels`: reasons may name them. `verify` checks SPF, DKIM and DMARC, where we do that ourselves."""
        self._context = context
        self._trap_labels = trap_labels
        self._verify = verify
        self._is_ours = ours(lambda text: traps.match(text) is not None, context.own_domains)

    def plan(self, envelope: Envelope, message: bytes, *, whole: bool) -> Taken:
        """What becomes of `message`; `whole` is False where its end is missing."""
        if not whole:
            envelope = replace(envelope, truncated=True)
        verified = None if self._verify is None else self._verify(message, envelope)
        judgement = judge(message, envelope, self._context, verified)
        evidence = judgement.evidence
        names = _names(envelope, self._context.own_domains)
        plans = tuple(self._planned(judged, judgement, message, names) for judged in _bounded(_in_order(judgement)))
        show = _Shown(evidence)
        subject = None if evidence.subject is None else show.text(evidence.subject)
        shown = replace(evidence, content=show.content(evidence.content))
        return Taken(shown, subject, plans, judgement.listing)

    def _planned(self, judged: Judged, judgement: Judgement, message: bytes, names: _Names) -> Planned:
        """What is to be done about one indicator; its decision may still become a Skip."""
        envelope, indicator = judgement.evidence.envelope, judged.indicator
        if isinstance(judged.decision, Skip):
            return Planned(judged)
        if envelope.client.is_ours:
            return _skipped(judged, "sent by an authenticated or exempt client of ours")
        value = content = indicator.value
        if indicator.kind == "email":
            sample = prepare(message, envelope, self._is_ours, auth=judgement.evidence.auth)
            if not isinstance(sample, Sample):
                return Planned(replace(judged, decision=sample))
            value, content = hashlib.sha256(message).hexdigest(), sample.text
        elif indicator.kind != "ip" and self._names_ours(content, names):
            return _skipped(judged, "an address of ours is in it")
        return Planned(judged, value, content, self._reason(judged, judgement, names), _worth(judged, judgement))

    def _names_ours(self, text: str, names: _Names) -> bool:
        try:
            return names.whole(text) or bool(addresses_of_ours(text.encode("utf-8", "surrogateescape"), self._is_ours))
        except TooManyAddressesError:
            return True

    def _reason(self, judged: Judged, judgement: Judgement, names: _Names) -> str:
        """For the analyst. A sender who puts the trap into his HELO is not quoted."""
        evidence = judgement.evidence
        said = partial(reason, evidence.envelope, evidence.auth, judged.indicator, content=evidence.content)
        quoting = said()
        labels = [trap.label for trap in evidence.envelope.traps if trap.label]
        quote = not (names.in_part(quoting) or any(label in quoting for label in labels))
        if self._trap_labels:
            naming = said(quote=quote, labels=True)
            if not names.in_part(naming):  # a label may hold the address itself
                return naming
        return quoting if quote else said(quote=False)


class _Shown:
    """What a sender wrote, as it may be shown: senders greet their recipients by address, in names of files too."""

    def __init__(self, evidence: Evidence) -> None:
        self._redactor = Redactor(recipient.address for recipient in evidence.envelope.recipients[:MAX_ADDRESSES])

    def text(self, text: str) -> str:
        shown = self._redactor.redact(text.encode("utf-8", "replace")).decode("utf-8", "replace")
        return "[redacted]" if self._redactor.leaks(shown) else shown

    def content(self, content: Content) -> Content:
        """With the names and types of its files as they may be shown."""
        files = (replace(file, name=self.text(file.name), type=self.text(file.type)) for file in content.attachments)
        return replace(content, attachments=tuple(files))


def _names(envelope: Envelope, own_domains: frozenset[str]) -> _Names:
    recipients = [recipient.address for recipient in envelope.recipients]
    domains = {domain for domain in (*own_domains, *(address(one).domain for one in recipients)) if is_telling(domain)}
    return _Names(mentions_recipient((), recipients), mentions_recipient(recipients, (), domains, in_a_name=True))


def _in_order(judgement: Judgement) -> list[Judged]:
    """As they leave: kind by kind, of a kind the best first, of equals the first in the message."""
    return sorted(judgement.judged, key=lambda one: (_ORDER.index(one.indicator.kind), -_worth(one, judgement)))


def _worth(judged: Judged, judgement: Judgement) -> int:
    return weight(judged.indicator, judgement.evidence.envelope, judgement.evidence.auth)


def _bounded(every: Iterable[Judged]) -> Iterator[Judged]:
    """`every`, with the reports past MAX_OF_A_KIND as skips."""
    reports: Counter[IndicatorKind] = Counter()
    for judged in every:
        kind = judged.indicator.kind
        if not isinstance(judged.decision, Report):
            yield judged
        elif reports[kind] < MAX_OF_A_KIND:
            reports[kind] += 1
            yield judged
        else:
            yield replace(judged, decision=Skip(f"more than {MAX_OF_A_KIND} of its kind in one message"))


def _skipped(judged: Judged, why: str) -> Planned:
    return Planned(replace(judged, decision=Skip(why)))
