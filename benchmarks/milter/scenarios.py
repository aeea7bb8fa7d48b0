"""What is measured, scenario by scenario: the subjects in turn, several rounds, all in one run on one machine.

A rate is the best of the rounds: whatever else the machine does can only lower it. The ratios are of such rates.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.milter import disk, load
from benchmarks.milter.far import Far, far
from benchmarks.milter.load import TRAP, Held, Result, Sessions
from benchmarks.milter.subjects import NOOPS, TAKES_ALL, Subject, subject
from tests.servers.rbldnsd import Rbldnsd

ALL = ("no-op", "no-op class", "obvious", "trapline")
AWAY_SECONDS = 0.02
PAUSE_SECONDS = 0.01
WARM_KINDS = 100
SESSIONS_OPEN = 500
CAPTURED_AT_ONCE = (1, 8)
SIZES = {"4 KB": 4_000, "100 KB": 100_000, "1 MB": 1_000_000}


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of one subject, measured once a round."""

    scenario: str
    subject: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def best(self) -> float:
        """The best round: the most where it is a rate, else the least."""
        return max(self.values) if self.unit.endswith("/s") else min(self.values)


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that is held against a target."""

    what: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)


@dataclass(slots=True)
class Bench:
    """One run: where it works, how long, and what it has found."""

    folder: Path
    dns: Rbldnsd
    seconds: float
    rounds: int
    measures: list[Measure] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)  # of sessions: no two are the same client
    stages: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def stage(self, nameserver: str, names: tuple[str, ...], settings: Mapping[str, Any] | None = None) \
            -> Iterator[dict[str, Subject]]:  # fmt: skip
        """The subjects, fresh, asking `nameserver`; `settings` are trapline's."""
        folder = self.folder / str(next(self.stages))
        folder.mkdir()
        with ExitStack() as stack:
            yield {name: stack.enter_context(subject(name, folder, nameserver, settings)) for name in names}

    @contextmanager
    def away(self, lost: float = 0.0) -> Iterator[Far]:
        """The name server, 20 ms away."""
        with far(self.dns.nameserver, AWAY_SECONDS, lost) as proxy:
            yield proxy

    def load(self, of: Subject, at_once: int, kinds: int | None, pause: float = 0.0, **how: Any) -> Result:
        """One load on one subject, after a short one that is not counted; with what the subject's processor did."""
        sessions = Sessions(of.socket, kinds=kinds, **how)
        load.run(of.socket, sessions, self.numbers, at_once, min(0.5, self.seconds), pause)
        before = of.cpu_seconds
        result = load.run(of.socket, sessions, self.numbers, at_once, self.seconds, pause)
        result.subject_cpu_seconds = of.cpu_seconds - before
        assert not result.failed, f"{of.name} closed {result.failed} of {result.sessions} sessions"
        return result

    def rates(self, scenario: str, subjects: Mapping[str, Subject], at_once: int, kinds: int | None) \
            -> dict[str, float]:  # fmt: skip
        """The best sessions a second of each subject; their processor time and the load's own limit besides."""
        results: dict[str, list[Result]] = {name: [] for name in subjects}
        for _ in range(self.rounds):
            for name, of in subjects.items():
                results[name].append(self.load(of, at_once, kinds))
        for name, of_name in results.items():
            self.note(scenario, name, "sessions/s", (one.rate for one in of_name))
            self.note(
                scenario, name, "CPU us/session", (1e6 * one.subject_cpu_seconds / one.sessions for one in of_name)
            )
            self.note(scenario, name, "generator's limit/s", (one.sessions / one.cpu_seconds for one in of_name))
        return {name: max(one.rate for one in of_name) for name, of_name in results.items()}

    def note(self, scenario: str, name: str, unit: str, values: Iterator[float]) -> Measure:
        """Keep what was measured."""
        measure = Measure(scenario, name, unit, tuple(values))
        self.measures.append(measure)
        return measure

    def claim(self, what: str, value: float, **target: float) -> None:
        """Hold a figure against its target."""
        self.claims.append(Claim(what, value, **target))


def warm(bench: Bench) -> None:
    """100 clients and 100 domains again and again: everything is in the cache."""
    with bench.stage(bench.dns.nameserver, ALL) as subjects:
        for at_once in (8, 64):
            best = bench.rates(f"warm, {at_once} at once", subjects, at_once, WARM_KINDS)
            for noop in NOOPS:
                bench.claim(f"warm, {at_once} at once: of the {noop}", best["trapline"] / best[noop], at_least=0.90)


def cold(bench: Bench) -> None:
    """Every client and every domain is new."""
    with bench.stage(bench.dns.nameserver, ALL) as subjects:
        best = bench.rates("cold, 8 at once", subjects, 8, None)
    bench.claim("cold, 8 at once: times the obvious one", best["trapline"] / best["obvious"], at_least=5)
    for noop in NOOPS:
        bench.claim(f"cold, 8 at once: of the {noop}", best["trapline"] / best[noop], at_least=0.5)


def away(bench: Bench) -> None:
    """A name server 20 ms away, 64 at once, cold: what a session waits in all, from connect to RCPT's answer."""
    names = ("obvious", "trapline")
    with bench.away() as proxy, bench.stage(proxy.nameserver, names) as subjects:
        plain = _waits(bench, "20 ms away, 64 at once", subjects, 0.0)
        paused = _waits(bench, "20 ms away, client pauses 10 ms", subjects, PAUSE_SECONDS)
    bench.claim("20 ms away, 64 at once: ms waited, median", plain["trapline"][0], at_most=25)
    bench.claim("20 ms away, 64 at once: ms waited, p95", plain["trapline"][1], at_most=45)
    bench.claim("20 ms away, client pauses 10 ms: ms waited, median", paused["trapline"][0], at_most=5)
    with bench.away(lost=0.01) as proxy, bench.stage(proxy.nameserver, ("trapline",)) as subjects:
        lossy = _waits(bench, "20 ms away, 1 in 100 lost", subjects, 0.0)
    bench.claim("20 ms away, 1 in 100 lost: ms waited, p99", lossy["trapline"][2], at_most=600)


def _waits(bench: Bench, scenario: str, subjects: Mapping[str, Subject], pause: float) -> dict[str, tuple[float, ...]]:
    """Median, p95 and p99 of the waits, each the least of the rounds."""
    results: dict[str, list[Result]] = {name: [] for name in subjects}
    for _ in range(bench.rounds):
        for name, of in subjects.items():
            results[name].append(bench.load(of, 64, None, pause))
    best: dict[str, tuple[float, ...]] = {}
    for name, of_name in results.items():
        bench.note(scenario, name, "sessions/s", (result.rate for result in of_name))
        best[name] = tuple(
            bench.note(scenario, name, f"ms {word}", (result.wait(share) for result in of_name)).best
            for word, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
        )
    return best


def questions(bench: Bench) -> None:
    """How many questions a cold session asks, and how many round trips it waits for, one session at a time."""
    with bench.away() as proxy, bench.stage(proxy.nameserver, ("obvious", "trapline")) as subjects:
        for name, of in subjects.items():
            sessions = Sessions(of.socket, kinds=None)
            before = proxy.questions
            result = load.run(of.socket, sessions, bench.numbers, 1, bench.seconds, 0.0)
            asked = (proxy.questions - before) / result.sessions
            trips = result.wait(0.5) / (1000 * AWAY_SECONDS)
            bench.note("cold, one at a time", name, "questions a session", iter([asked]))
            bench.note("cold, one at a time", name, "round trips", iter([trips]))
            if name == "trapline":
                bench.claim("questions a cold session", asked, at_most=3.05)
                bench.claim("round trips one after the other", trips, at_most=1.1)


def memory(bench: Bench) -> None:
    """Resident memory with 500 sessions open, and how much came with them."""
    with bench.stage(bench.dns.nameserver, ALL) as subjects:
        for name, of in subjects.items():
            sessions = Sessions(of.socket, kinds=WARM_KINDS)
            load.run(of.socket, sessions, bench.numbers, 8, 0.5, 0.0)
            before = of.resident_mb
            with Held(of.socket, Sessions(of.socket, kinds=None), bench.numbers, SESSIONS_OPEN):
                after = of.resident_mb
            bench.note("500 sessions open", name, "MB", iter([after]))
            bench.note("500 sessions open", name, "MB came with them", iter([after - before]))
            if name == "trapline":
                bench.claim("500 sessions open: MB resident", after, at_most=60)
                bench.claim("500 sessions open: MB came with them", after - before, at_most=10)


def captured(bench: Bench) -> None:
    """Trap messages a second against files of the same sizes that are written, synced and renamed on the same disk.

    Beside it, what would be left where such a message were only taken in, by a no-op, and then stored by nothing but
    the disk: more cannot be had one at a time.
    """
    with bench.stage(bench.dns.nameserver, ("trapline", TAKES_ALL)) as subjects:
        for at_once in CAPTURED_AT_ONCE:
            for word, size in SIZES.items():
                _captured(bench, subjects, at_once, word, _message(size))


def _captured(bench: Bench, subjects: Mapping[str, Subject], at_once: int, word: str, message: bytes) -> None:
    scenario = f"captured, {word}, {at_once} at once"
    rates: dict[str, list[float]] = {"disk alone": [], **{name: [] for name in subjects}}
    for _ in range(bench.rounds):
        alone = disk.stored_per_second(subjects["trapline"].spool, len(message), at_once, bench.seconds)
        rates["disk alone"].append(alone)
        for name, of in subjects.items():
            result = bench.load(of, at_once, WARM_KINDS, recipient=TRAP, message=message)
            assert name != "trapline" or set(result.verdicts) == {"d"}, f"not all were captured: {result.verdicts}"
            rates[name].append(result.rate)
    for name, values in rates.items():
        bench.note(scenario, name, "messages/s", iter(values))
    best = {name: max(values) for name, values in rates.items()}
    in_turn = 1 / (1 / best[TAKES_ALL] + 1 / best["disk alone"])
    bench.note(scenario, "no-op, then disk", "of the disk's", iter([in_turn / best["disk alone"]]))
    bench.claim(f"{scenario}: of what the disk gives", best["trapline"] / best["disk alone"], at_least=0.5)


def workers(bench: Bench) -> None:
    """Two processes behind one socket."""
    with bench.stage(bench.dns.nameserver, ALL, {"milter": {"workers": 2}}) as subjects:
        for at_once in (8, 64):
            best = bench.rates(f"two workers, warm, {at_once} at once", subjects, at_once, WARM_KINDS)
            for noop in NOOPS:
                ratio = best["trapline"] / best[noop]
                bench.claim(f"two workers, warm, {at_once} at once: of the {noop}", ratio, at_least=1.1)
            best = bench.rates(f"two workers, cold, {at_once} at once", subjects, at_once, None)
            ratio = best["trapline"] / best["obvious"]
            bench.claim(f"two workers, cold, {at_once} at once: times the obvious one", ratio, at_least=6.5)


def _message(size: int) -> bytes:
    """A message of about `size` octets, with the headers that spam has."""
    head = (
        "Received: from relay.harbour-news.com (relay.harbour-news.com [11.1.2.3])\r\n"
        "From: Harbour News <news@harbour-news.com>\r\nTo: <info-2019@quayside-mail.com>\r\n"
        "Subject: An offer that ends today\r\nDate: Sat, 21 Nov 2026 11:33:42 +0000\r\n"
        "Message-ID: <1@harbour-news.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "List-Unsubscribe: <https://harbour-news.com/u>\r\nX-Mailer: Harbour 1.0\r\n\r\n"
    )
    line = "Buy now at https://shop.harbour-news.com/today before it is gone.\r\n"
    return (head + line * ((size - len(head)) // len(line))).encode("ascii")


SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "warm": warm,
    "cold": cold,
    "away": away,
    "questions": questions,
    "memory": memory,
    "captured": captured,
    "workers": workers,
}
