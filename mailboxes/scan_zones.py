"""Our own scanner: the DQS zones, asked about the client that our receiving host saw, and about the sender's domains.

A zone with the action `reject` weighs 1 point, which is the threshold; `tempfail` (a new domain) half a point; the
others are only said. The client counts only where the mailbox's `trust` tells it; HELO, MAIL FROM and From are names
that whoever uses them may be listed for. What is ours, exempt or allowed is not asked about, as in the milter.
"""

import time
from collections.abc import Callable, Iterable
from email.errors import MessageError
from email.parser import BytesHeaderParser

from trapline.config.address_fields import addresses_in
from trapline.config.dqs import Action
from trapline.config.names import IpAddress, address, domain_name, is_allowed, is_below_any
from trapline.config.networks import NetworkSet
from trapline.config.settings import Settings
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, Unknown
from trapline.dnsbl.health import Failed
from trapline.dnsbl.names import address_questions, domain_questions
from trapline.dnsbl.proven import outcomes
from trapline.dnsbl.zones import Question
from trapline.filters.scanner import (
    NOTHING_SEEN,
    FilterDownError,
    FilterError,
    Learnt,
    Lesson,
    Score,
    Seen,
    Symbol,
    UnableError,
)

THRESHOLD = 1.0
GRACE_SECONDS = 1.0  #: longer than a lookup may take: each is waited for until it has ended
MAX_HEADER_BYTES = 256_000
MAX_FROM_LENGTH = 2_000  #: characters of a From field that are read
MAX_FROM_ADDRESSES = 5  #: of a From field that are asked about; more than one is rare, and none of a person's

_WEIGHTS: dict[Action, float] = {"reject": 1.0, "tempfail": 0.5, "tag": 0.0, "log": 0.0}


class Zones:
    """The zones of `engine` as a scanner. It can't be taught."""

    name = "zones"

    def __init__(self, settings: Settings, engine: Engine, tell: Callable[[str], None]) -> None:
        """`tell` is told, before the first message, which zones are left out, and why."""
        self._engine = engine
        self._tell = tell
        self._usable: frozenset[str] | None = None  # None: not tested yet
        self._seconds = settings.milter.deadline_seconds + GRACE_SECONDS
        self._weights = {name: _WEIGHTS[zone.action] for name, zone in settings.dqs.zones().items()}
        self._own_networks = NetworkSet(settings.own_networks)
        self._own_domains = settings.own_domains
        self._allowed = settings.milter.allow.domains

    def scan(self, message: bytes, seen: Seen = NOTHING_SEEN) -> Score:
        """What the zones say of the client and the sender.

        Raises FilterDownError: no zone is well. Raises FilterError: a zone did not answer, and the others do not settle
        it.
        """
        if self._usable is None:
            self._usable = self._tested()
        if not self._usable:
            raise FilterDownError("zones: none of them can be used")
        findings = self._ask(
            self._usable, dict.fromkeys((*self._about(seen.client), *self._about_domains(message, seen)))
        )
        listed = [finding for finding in findings if isinstance(finding, Listed)]
        total = sum(self._weights[finding.zone] for finding in listed)
        silent = next((finding for finding in findings if isinstance(finding, Unknown)), None)
        if silent is not None and total < THRESHOLD:
            raise FilterError(f"zones: {silent.zone} did not answer: {silent.why}")
        return Score(
            spam=total >= THRESHOLD,
            score=total,
            threshold=THRESHOLD,
            symbols=tuple(Symbol(f"{one.zone} {', '.join(one.codes)}", self._weights[one.zone]) for one in listed),
            report="\n".join(_sentence(one) for one in findings) or "nothing that the zones could be asked about",
        )

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:  # noqa: ARG002 - as every scanner is asked
        """Raises UnableError: nobody can teach the zones."""
        raise UnableError("zones: they can't be taught; the reporter tells Spamhaus what the traps catch")

    def _tested(self) -> frozenset[str]:
        """Those that can be used: one that lists the world would call all mail spam. One without an answer stays."""
        found = outcomes(self._engine, self._engine.zones.values(), self._seconds)
        bad = {name: said.why for name, said in found.items() if isinstance(said, Failed)}
        for name, why in bad.items():
            self._tell(f"zones: {name} is left out: {why}")
        return frozenset(found) - frozenset(bad)

    def _ask(self, usable: frozenset[str], questions: Iterable[Question]) -> list[Finding]:
        asked = [self._engine.ask(question) for question in questions if question.zone in usable]
        deadline = time.monotonic() + self._seconds
        return [one.wait(deadline) for one in asked]

    def _about(self, client: IpAddress | None) -> tuple[Question, ...]:
        if client is None or client in self._own_networks:
            return ()
        return address_questions(client, self._engine.zones)

    def _about_domains(self, message: bytes, seen: Seen) -> Iterable[Question]:
        names = {seen.helo and domain_name(seen.helo), _domain(seen.mail_from or ""), *_from_domains(message)}
        for name in sorted(name for name in names if name):
            if not is_below_any(name, self._own_domains) and not is_allowed(name, self._allowed):
                yield from domain_questions(name, self._engine.zones)


def _from_domains(message: bytes) -> set[str]:
    """The domains of the From field's addresses."""
    try:
        header = BytesHeaderParser().parsebytes(message[:MAX_HEADER_BYTES])
        fields = [str(value)[:MAX_FROM_LENGTH] for value in header.get_all("From", [])]
    except (MessageError, ValueError, LookupError):
        return set()
    found = [one.domain for field in fields[:MAX_FROM_ADDRESSES] for one in addresses_in(field)]
    return {name for domain in found[:MAX_FROM_ADDRESSES] if (name := domain_name(domain))}


def _domain(sender: str) -> str | None:
    return domain_name(address(sender).domain) if "@" in sender else None


def _sentence(finding: Finding) -> str:
    match finding:
        case Listed(zone=zone, object=what, codes=codes):
            return f"{zone} lists {what} ({', '.join(codes)})"
        case Unknown(zone=zone, object=what, why=why):
            return f"{zone} did not answer about {what}: {why}"
    return f"{finding.zone} does not list {finding.object}"
