"""From the bytes of a caught message to what is reported of it: parse, gather evidence, decide.

Pure and total: every byte string gets a judgement. What can't be read as mail is salvaged step by step (as MIME has it,
as broken MIME, the envelope alone), and the evidence's `error` says what was lost.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from trapline.config.events import Event, trace
from trapline.config.names import IpAddress
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.config.settings import Settings
from trapline.reporter.decisions import addresses, domains, mailboxes, messages, urls
from trapline.reporter.decisions.listing import Listing, listing
from trapline.reporter.decisions.situation import LargeSenderNetworks, Rule, Situation, Wait, decide
from trapline.reporter.evidence.authentication import Authentication, authentication
from trapline.reporter.evidence.collect import collect
from trapline.reporter.evidence.evidence import Evidence, SeenDomain, SeenUrl
from trapline.reporter.indicators import Indicator, Judged, Report, Skip
from trapline.reporter.lists import SHIPPED, Lists
from trapline.reporter.parsing.message import Message, parse
from trapline.spool.envelope import Envelope

_LOG = logging.getLogger(__name__)

_EMAIL_RULES: tuple[Rule[object], ...] = (*messages.EVERY_INDICATOR, *messages.SAMPLE)
_MESSAGE_RULES: tuple[Rule[object], ...] = (*messages.EVERY_INDICATOR, *messages.ALL_BUT_SAMPLE)
_ADDRESS_RULES: tuple[Rule[IpAddress], ...] = (*_MESSAGE_RULES, *addresses.RULES)
_DOMAIN_RULES: tuple[Rule[SeenDomain], ...] = (*_MESSAGE_RULES, *domains.RULES, *mailboxes.DOMAIN_RULES)
_URL_RULES: tuple[Rule[SeenUrl], ...] = (*_MESSAGE_RULES, *urls.RULES)


@dataclass(frozen=True, slots=True)
class Context:
    """What the operator configured that decisions depend on."""

    own_domains: frozenset[str] = frozenset()  #: with all below: ours.domains, the traps' domains, the receivers
    own_networks: NetworkSet = NO_NETWORKS  #: ours.networks, the exempt networks, the allowed addresses
    allowed_domains: tuple[str, ...] = ()  #: milter.allow.domains: exact, or with a leading dot for all below too
    authserv_ids: tuple[str, ...] = ()  #: believed in Authentication-Results
    authentication: str = "server"  #: or "self": what a verifier of ours said; "off" believes nothing
    submit_mixed: bool = False
    report_backscatter: bool = False
    lists: Lists = SHIPPED  #: what hosts are known as
    large_senders: LargeSenderNetworks = ()  #: resolved by us


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a message shows, and what is decided about each thing."""

    evidence: Evidence
    judged: tuple[Judged, ...]  #: the sample, then the address, the domains and the URLs, as evidence has them
    listing: Listing  #: whether the client may be listed on this server, before dnswl.org is asked


def context(settings: Settings, trap_domains: frozenset[str]) -> Context:
    """What of `settings` decisions depend on; `trap_domains` are those of the trap addresses."""
    return Context(
        own_domains=settings.own_domains | trap_domains,
        own_networks=NetworkSet(settings.own_networks),
        allowed_domains=settings.milter.allow.domains,
        authserv_ids=settings.reporter.authserv_ids,
        authentication=settings.reporter.authentication,
        submit_mixed=settings.reporter.submit_mixed,
        report_backscatter=settings.reporter.report_backscatter,
        lists=Lists(settings.reporter.lists.model_dump()),
    )


def judge(message: bytes, envelope: Envelope, context: Context, verified: Authentication | None = None) -> Judgement:
    """What to report of `message`, caught as `envelope` says. Never raises, whatever the bytes are.

    `verified` is what a verifier of ours found; it counts with `authentication = "self"` alone.
    """
    evidence = _evidence(message, envelope, context, verified)
    situation = Situation(
        evidence=evidence,
        own_domains=context.own_domains,
        own_networks=context.own_networks,
        allowed_domains=context.allowed_domains,
        submit_mixed=context.submit_mixed,
        report_backscatter=context.report_backscatter,
        lists=context.lists,
        large_senders=context.large_senders,
    )
    senders = {seen.value for seen in evidence.domains if situation.is_senders(seen.value)}
    judged = [  # each with whether it is the sender's own
        (Judged(Indicator("email", envelope.id, ("message",)), decide(_EMAIL_RULES, situation, None)), False)
    ]
    judged.extend(
        (Judged(Indicator("ip", str(address), sources), decide(_ADDRESS_RULES, situation, address)), True)
        for address, sources in evidence.addresses
    )
    judged.extend(
        (
            Judged(Indicator("domain", seen.value, seen.sources), decide(_DOMAIN_RULES, situation, seen)),
            seen.value in senders,
        )
        for seen in evidence.domains
    )
    judged.extend(
        (
            Judged(Indicator("url", seen.url.text, seen.sources), decide(_URL_RULES, situation, seen)),
            seen.url.domain in senders,
        )
        for seen in evidence.urls
    )
    second = _first(messages.AFTER_A_SECOND, situation)
    of_sender = second or _first(messages.SENDER_AFTER_A_SECOND, situation)
    witness = mailboxes.witness(situation)
    waiting = (_waiting(one, of_sender if is_senders else second, witness) for one, is_senders in judged)
    return Judgement(evidence, tuple(waiting), listing(situation))


def _first(rules: Iterable[Wait], situation: Situation) -> str | None:
    """Why a report has to wait, by the first rule that says so."""
    return next((why for rule in rules if (why := rule(situation))), None)


def _waiting(judged: Judged, second: str | None, witness: str | None) -> Judged:
    """With what a report has to wait for: a second message; for a client's address, another witness."""
    if isinstance(judged.decision, Skip):
        return judged
    return replace(judged, decision=Report(second, witness if judged.indicator.kind == "ip" else None))


def _evidence(message: bytes, envelope: Envelope, context: Context, verified: Authentication | None) -> Evidence:
    try:
        parsed = parse(message)
        return collect(parsed, envelope, _believed(parsed, envelope, context, verified), context.lists)
    except Exception as error:  # noqa: BLE001 - the last rung: a defect of ours must not lose what the envelope shows
        sentence = f"the message {envelope.id} could not be read: only its envelope is judged"
        _LOG.error(Event("unreadable", {"id": envelope.id}, text=sentence, trace=trace(error), level=logging.ERROR))
        lost = f"could not be read ({type(error).__name__}): only the envelope was judged"
    return replace(collect(Message((), (), (), problem=lost), envelope), readable=False)


def _believed(
    message: Message, envelope: Envelope, context: Context, verified: Authentication | None
) -> Authentication | None:
    if context.authentication == "self":
        return verified
    ours = envelope.authserv_ids if envelope.source == "mailbox" else context.authserv_ids
    believed = ours if context.authentication == "server" else ()
    return authentication(message, believed, envelope.mail_from)
