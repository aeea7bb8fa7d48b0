"""Asking the DNS about names that a message holds: what `authentication = "self"` needs, and nothing else does.

Only the configured resolvers are asked (dqs.nameservers); the system's are never read. Whoever wrote the message has a
say in the names, in how many they are and how slow their answers: so a message has an `Allowance` of questions and
seconds, answers and failures are kept for a while, and resolvers that stay silent are left alone. A failure is never an
answer: it is raised as `UnansweredError`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

from trapline.config.errors import TraplineError
from trapline.config.names import domain_name
from trapline.config.values import Nameserver

MAX_QUESTIONS = 40  #: about one message: SPF takes 10 and what hangs on them (RFC 7208, 4.6.4), DKIM and DMARC a few
MAX_SECONDS = 10.0  #: that one message waits for answers, all together
QUESTION_SECONDS = 4.0  #: that one question waits
TRY_SECONDS = 1.5  #: until a question is asked again
MAX_RECORDS = 100  #: of one answer
KEPT_SECONDS = 3600  #: that an answer is kept at most
KEPT_NOTHING_SECONDS = 300  #: that it is kept that there is no such record
KEPT_FAILURE_SECONDS = 60  #: that a failure is kept
MAX_KEPT = 10_000
SILENT_QUESTIONS = 6  #: without any answer in a row, after which the resolvers are left alone if they are silent
REST_SECONDS = 60.0  #: for which they are

Kind = Literal["TXT", "A", "AAAA", "MX", "PTR"]
Record = bytes | str | tuple[int, str]  #: TXT, its strings joined; A, AAAA and PTR; MX with its preference
Records = tuple[Record, ...]
_Key = tuple[str, Kind]


class UnansweredError(TraplineError):
    """A question has no answer now: nothing is known, neither for nor against anybody."""


class Resolver:
    """What all messages share. For one thread."""

    def __init__(self, nameservers: Sequence[Nameserver], now: Callable[[], float] = time.monotonic) -> None:
        """`now` is a monotonic clock, in seconds."""
        self._dns = dns.resolver.Resolver(configure=False)
        self._dns.nameservers = [dns.nameserver.Do53Nameserver(one.address, one.port) for one in nameservers]
        self._dns.timeout = TRY_SECONDS
        self._now = now
        self._kept: OrderedDict[_Key, tuple[float, Records | None]] = OrderedDict()
        self._silent = 0
        self._rest_until = 0.0

    def allowance(self) -> "Allowance":
        """What one message may ask."""
        return Allowance(self, self._now)

    def ask(self, name: str, kind: Kind, seconds: float) -> Records:
        """The records of `name`, () where there are none; `seconds` is how long to wait at most.

        Raises UnansweredError.
        """
        normal = domain_name(name)
        if normal is None:
            return ()
        key, now = (normal, kind), self._now()
        expires, kept = self._kept.get(key, (0.0, None))
        if now >= expires:
            expires, kept = self._looked_up(key, now, seconds)
            self._kept[key] = (expires, kept)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        if kept is None:
            raise UnansweredError(f"no answer about {kind} of {normal}")
        return kept

    def _looked_up(self, key: _Key, now: float, seconds: float) -> tuple[float, Records | None]:
        """When it expires, and the records; None for a failure."""
        if now < self._rest_until:
            return now, None
        name, kind = key
        try:
            answer = self._dns.resolve(
                f"{name}.", kind, raise_on_no_answer=False, search=False, lifetime=min(seconds, QUESTION_SECONDS)
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            self._silent = 0
            return now + KEPT_NOTHING_SECONDS, ()
        except dns.exception.Timeout:
            self._note_silence()
            return now + KEPT_FAILURE_SECONDS, None
        except dns.exception.DNSException:  # SERVFAIL, REFUSED, a broken answer
            self._silent = 0
            return now + KEPT_FAILURE_SECONDS, None
        self._silent = 0
        if answer.rrset is None:
            return now + KEPT_NOTHING_SECONDS, ()
        return now + min(answer.rrset.ttl, KEPT_SECONDS), _records(answer.rrset)

    def _note_silence(self) -> None:
        """A question had no answer: it may be the senders' own name servers that say nothing, or our resolvers."""
        self._silent += 1
        if self._silent < SILENT_QUESTIONS:
            return
        self._silent = 0
        if not self._answer_at_all():
            self._rest_until = self._now() + REST_SECONDS

    def _answer_at_all(self) -> bool:
        """Whether the resolvers say anything, be it an error, about the root: no sender has a say in that."""
        try:
            self._dns.resolve(".", "NS", search=False, lifetime=min(TRY_SECONDS, QUESTION_SECONDS))
        except dns.exception.Timeout:
            return False
        except dns.exception.DNSException:
            return True
        return True


class Allowance:
    """The questions and seconds of one message."""

    def __init__(self, resolver: Resolver, now: Callable[[], float]) -> None:
        self._resolver = resolver
        self._now = now
        self._questions = MAX_QUESTIONS
        self._until = now() + MAX_SECONDS

    def ask(self, name: str, kind: Kind) -> Records:
        """As `Resolver.ask`. Raises UnansweredError too when the allowance is used up."""
        left = self._until - self._now()
        if self._questions <= 0 or left <= 0:
            raise UnansweredError("a message may ask no more")
        self._questions -= 1
        return self._resolver.ask(name, kind, left)

    def texts(self, name: str) -> tuple[bytes, ...]:
        """The TXT records of `name`. Raises UnansweredError."""
        return tuple(record for record in self.ask(name, "TXT") if isinstance(record, bytes))


def _records(rrset: Iterable[object]) -> Records:
    return tuple(_record(item) for item, _ in zip(rrset, range(MAX_RECORDS), strict=False))


def _record(item: object) -> Record:
    match getattr(item, "rdtype", None):
        case dns.rdatatype.TXT:
            return b"".join(item.strings)  # type: ignore[attr-defined]
        case dns.rdatatype.MX:
            return item.preference, item.exchange.to_text(omit_final_dot=True)  # type: ignore[attr-defined]
        case dns.rdatatype.PTR:
            return item.target.to_text(omit_final_dot=True)  # type: ignore[attr-defined,no-any-return]
        case _:
            return item.address  # type: ignore[attr-defined,no-any-return]
