"""The milter's numbers in Prometheus' form. Imported only where metrics are on: the library costs memory and time.

Sessions do not touch the library's counters, whose locks cost half a microsecond each (the double, where several
processes share them): they note what happened in a queue, and the main thread counts that, four times a second. So the
numbers are a quarter of a second old, and a worker that is killed loses as much.
Source: prometheus.io, "Metric and label naming".
"""

import importlib.metadata
import platform
from collections import Counter as Tally
from collections import deque
from collections.abc import Iterable
from typing import Final, TypeVar, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from trapline.config.zones import BLOCKLIST
from trapline.dnsbl.findings import Finding
from trapline.dnsbl.observer import RESULTS, result
from trapline.milter.metrics import ErrorKind, Levels, Metrics, Stage
from trapline.milter.verdicts import Accept, Refuse, Tag, Verdict

LOOKUP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  #: seconds

ACCEPTED: Final = "accepted"
OF_A_LISTING: Final = ("listed", "tagged", "deferred", "refused")  #: as the journal has it; "listed" has no effect

T = TypeVar("T")


class PrometheusMetrics(Metrics):
    """The numbers of this process. Safe to tell from many threads; `publish` is for one."""

    def __init__(self, zones: Iterable[str], registry: CollectorRegistry | None) -> None:
        """`registry` is None where several processes have numbers: then their files are what is collected."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series for each series, for nobody
        zones = tuple(zones)
        self._happened: deque[Counter] = deque()
        self._took: deque[tuple[str, float]] = deque()
        self._levels(registry, zones)
        self._of_sessions(registry, zones)
        self._of_lookups(registry, zones)

    def _levels(self, registry: CollectorRegistry | None, zones: tuple[str, ...]) -> None:
        self._sessions_open = Gauge(
            "trapline_sessions_open", "SMTP clients connected now.", registry=registry, multiprocess_mode="livesum"
        )
        self._cache_entries = Gauge(
            "trapline_cache_entries", "Answers kept.", registry=registry, multiprocess_mode="livesum"
        )
        self._traps = Gauge(
            "trapline_traps", "Lines of the trap files.", registry=registry, multiprocess_mode="mostrecent"
        )
        self._blocked = Gauge(
            "trapline_blocklist_entries",
            "Entries of our own blocklist.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        left_out = Gauge(
            "trapline_zone_left_out",
            "1 while the zone is not asked, since it failed its test.",
            ["zone"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._left_out = {zone: left_out.labels(zone) for zone in zones}
        build = Gauge(
            "trapline_build_info", "Always 1.", ["version", "python"], registry=registry, multiprocess_mode="max"
        )
        build.labels(importlib.metadata.version("trapline"), platform.python_version()).set(1)

    def _of_sessions(self, registry: CollectorRegistry | None, zones: tuple[str, ...]) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"trapline_{name}", text, labels, registry=registry)

        self._session = counter("sessions", "SMTP clients that connected.")
        verdicts = counter("verdicts", "Answers to MAIL and RCPT.", "verdict", "zone", "stage")
        listing = (*zones, BLOCKLIST)
        kinds = [(ACCEPTED, ""), *((verdict, zone) for zone in listing for verdict in OF_A_LISTING)]
        self._verdicts = {(*kind, stage): verdicts.labels(*kind, stage) for kind in kinds for stage in get_args(Stage)}
        self._messages = counter("captured_messages", "Messages to traps that were stored.")
        self._bytes = counter("captured_bytes", "Size of the messages to traps that were stored.")
        self._envelopes = counter("captured_envelopes", "Trap hits without a message: it was refused.")
        self._probe = counter("probes", "Clients that named a trap and left without a message.")
        errors = counter("errors", "What failed; a lookup counts for each session that had to do without.", "kind")
        self._errors: dict[str, Counter] = {kind: errors.labels(kind) for kind in get_args(ErrorKind)}

    def _of_lookups(self, registry: CollectorRegistry | None, zones: tuple[str, ...]) -> None:
        self._hit = Counter("trapline_cache_hits", "Questions answered from the cache.", registry=registry)
        self._miss = Counter("trapline_cache_misses", "Questions that the cache had no answer to.", registry=registry)
        lookups = Counter("trapline_lookups", "Questions to a zone, by DNS.", ["zone", "result"], registry=registry)
        self._results = {(zone, name): lookups.labels(zone, name) for zone in zones for name in RESULTS}
        seconds = Histogram(
            "trapline_lookup_seconds",
            "From a question to a zone until its answer was read: by who waits for it, else within 0.25 s.",
            ["zone"],
            registry=registry,
            buckets=LOOKUP_BUCKETS,
        )
        self._seconds = {zone: seconds.labels(zone) for zone in zones}

    def session(self) -> None:
        """A client has connected."""
        self._happened.append(self._session)

    def verdict(self, verdict: Verdict, stage: Stage) -> None:
        """A client was answered."""
        self._happened.append(self._verdicts[*named(verdict), stage])

    def captured(self, size_bytes: int) -> None:
        """A message is safe in the spool. The library's own lock is cheap next to the disk."""
        self._messages.inc()
        self._bytes.inc(size_bytes)

    def captured_envelope(self) -> None:
        """The envelope of a trap hit whose message was refused is safe in the spool."""
        self._happened.append(self._envelopes)

    def probe(self) -> None:
        """A client named a trap and left without a message."""
        self._happened.append(self._probe)

    def error(self, kind: ErrorKind) -> None:
        """Something failed."""
        self._happened.append(self._errors[kind])

    def cache_hits(self, number: int) -> None:
        """So many questions were answered from the cache, at once."""
        self._happened.extend((self._hit,) * number)

    def cache_miss(self) -> None:
        """A question was not answered from the cache."""
        self._happened.append(self._miss)

    def looked_up(self, finding: Finding, seconds: float | None) -> None:
        """A lookup ended."""
        self._happened.append(self._results[finding.zone, result(finding)])
        if seconds is not None:
            self._took.append((finding.zone, seconds))

    def publish(self, levels: Levels) -> None:
        """Count what has happened since the last time, and set the levels."""
        for counter, number in Tally(_taken(self._happened)).items():
            counter.inc(number)
        for zone, seconds in _taken(self._took):
            self._seconds[zone].observe(seconds)
        self._sessions_open.set(levels.sessions)
        self._cache_entries.set(levels.cache_entries)
        self._traps.set(levels.traps)
        self._blocked.set(levels.blocked)
        for zone, gauge in self._left_out.items():
            gauge.set(zone in levels.left_out)


def named(verdict: Verdict) -> tuple[str, str]:
    """A verdict in the journal's words, and the zone that led to it ("" where none did)."""
    match verdict:
        case Accept(noted=()):
            return ACCEPTED, ""
        case Accept(noted=noted):
            return "listed", noted[0].zone
        case Tag(listed):
            return "tagged", listed.zone
        case Refuse(reply, listed):
            return "refused" if reply.code >= 500 else "deferred", listed.zone


def _taken(queue: deque[T]) -> list[T]:
    """What was in `queue`, in order; what is put in meanwhile stays."""
    return [queue.popleft() for _ in range(len(queue))]
