"""Asking the DQS zones, at intervals, whether they list by now what we reported.

A few at once, in the pauses between other work, and within a share of the account's questions, so that the milter never
goes short for it. What no zone answered is asked again later and says nothing. Only Spamhaus is asked, through the
configured resolvers: a reported domain itself is never resolved.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from trapline.config.clock import Clock
from trapline.config.dqs import Dqs, DqsCache
from trapline.config.events import Event, Fact
from trapline.config.names import literal_address
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.names import address_questions, domain_questions
from trapline.dnsbl.proven import ProvenZones
from trapline.dnsbl.zones import Question, Zone, zones
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import lookups
from trapline.reporter.submission.lookups import Clear, Due, Found, Look, NoAnswer
from trapline.reporter.submission.preview import described
from trapline.reporter.telling import Say

SHARE = 0.1  #: of dqs.queries_per_day that these lookups use at most; the rest is the milter's
MOST_A_DAY = 5_000  #: questions, where dqs.queries_per_day is not known: five for each submission of a busy day
BATCH = 50  #: lookups at once
SECONDS = 3.0  #: that their answers are waited for: sending waits meanwhile
REST = timedelta(minutes=5)  #: after a batch that nobody answered

_FOLLOWED = ("zen", "authbl", "dbl")  # not ZRD: that a domain is new is nobody's judgement of it
# Every listing counts, abused legitimate domains too, but for the PBL: that is a policy, not what the client did.
_CODES = {"zen": frozenset(range(2, 255)) - {10, 11}}
_ANY_CODE = frozenset(range(2, 255))
_NOTHING_CACHED = DqsCache(max_entries=0)  # each lookup is made to learn what is new


def allowance(dqs: Dqs) -> int:
    """How many questions these lookups may send in a day."""
    return int(dqs.queries_per_day * SHARE) if dqs.queries_per_day else MOST_A_DAY


class Follower:
    """Makes the lookups that are due in `store`. Used by one thread; `close` it when done."""

    def __init__(self, store: Store, dqs: Dqs, key: str, clock: Clock, say: Say) -> None:
        self._store = store
        self._zones = _followed_zones(dqs, key)
        self._engine = Engine(self._zones, dqs.nameservers, SECONDS, bounds=_NOTHING_CACHED)
        self._proven = ProvenZones(self._engine, SECONDS)
        self._allowance = allowance(dqs)
        self._clock = clock
        self._say = say
        self._rests_until: datetime | None = None
        self._silent = False  # nothing was answered the last time, and that was said

    def work(self) -> bool:
        """Make the lookups that are due, BATCH at most. Whether more can be made now.

        Raises StoreError.
        """
        now = self._clock()
        if not self._zones or (self._rests_until is not None and now < self._rests_until <= now + REST):
            return False
        with self._store.writing() as db:
            left = self._allowance - lookups.asked(db, now)
            due = lookups.claim(db, now, min(BATCH, left // 2)) if left >= 2 else []  # two zones at most for each
        if due:
            self._make(due)
        return len(due) == BATCH and self._rests_until is None

    def close(self) -> None:
        """Give the sockets back."""
        self._engine.close()

    def _make(self, every: list[Due]) -> None:
        questions = {one.submission_id: _questions(one, self._zones) for one in every}
        before = self._proven.sent
        findings = self._proven.ask({question for some in questions.values() for question in some})
        now = self._clock()
        looks = [(one, look(findings[question] for question in questions[one.submission_id])) for one in every]
        self._keep(looks, self._proven.sent - before, now)
        self._rest_if_silent(findings, now)
        for one, found in looks:
            if isinstance(found, Found) and one.clear_at is not None:
                self._say(_newly_listed(one, found, now))

    def _keep(self, looks: list[tuple[Due, Look | None]], sent: int, now: datetime) -> None:
        with self._store.writing() as db:
            lookups.count_asked(db, sent, now)
            for one, found in looks:
                if found is not None:
                    lookups.keep(db, one, found, now)
            lookups.give_up(db, (one.submission_id for one, found in looks if found is None))

    def _rest_if_silent(self, findings: Mapping[Question, Finding], now: datetime) -> None:
        whys = [finding.why for finding in findings.values() if isinstance(finding, Unknown)]
        silent = bool(whys) and len(whys) == len(findings)
        news, self._silent = silent and not self._silent, silent
        self._rests_until = now + REST if silent else None
        if news:
            sentence = f"our own lookups of what was reported had no answer, trying again later: {whys[0]}"
            self._say(Event("lookup error", {"why": whys[0]}, text=sentence, level=logging.WARNING))


def look(findings: Iterable[Finding]) -> Look | None:
    """What the zones' answers about one object mean together; None where none could be asked."""
    every = tuple(findings)
    codes = tuple(f"{one.zone} {code}" for one in every if isinstance(one, Listed) for code in one.codes)
    if codes:
        return Found(codes)
    if not every:
        return None
    return Clear() if all(isinstance(one, NotListed) for one in every) else NoAnswer()


def _followed_zones(dqs: Dqs, key: str) -> dict[str, Zone]:
    """The zones that are asked here, with the codes that count here."""
    enabled = zones(dqs, key)
    return {name: replace(enabled[name], codes=_CODES.get(name, _ANY_CODE)) for name in _FOLLOWED if name in enabled}


def _questions(one: Due, asked: dict[str, Zone]) -> tuple[Question, ...]:
    address = literal_address(one.value)
    return domain_questions(one.value, asked) if address is None else address_questions(address, asked)


def _newly_listed(one: Due, found: Found, now: datetime) -> Event:
    facts: dict[str, Fact] = {"id": one.message_id, "kind": one.kind, "object": one.value, "codes": found.codes}
    hours = (now - one.reported_at) / timedelta(hours=1)
    what = described(one.kind, one.value, one.message_id)
    sentence = f"listed {what}: in {', '.join(found.codes)}, {hours:.0f} h after our report at the latest"
    return Event("newly listed", facts, text=sentence)
