"""How the reporter stands, in Prometheus' form, for node_exporter's textfile collector.

The reporter opens no port, and what it does outlives its restarts in spool and store; so these are read from there when
somebody asks, and are told even while the reporter is down. Names have nothing in common with the milter's, which
counts for itself (docs/metrics.md).
"""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from trapline.cli.status_look import Look, why_nothing_is_submitted
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.reporter.overview.standing import Standing


def as_metrics(look: Look, configured: Settings) -> str:
    """One sample a line, each with what it means."""
    registry = CollectorRegistry()
    _mail(registry, look)
    _gauge(registry, "store", "1 where the reporter has a store, 0 before its first start.", look.standing is not None)
    if look.standing is not None:
        _standing(registry, look.standing)
        off = why_nothing_is_submitted(configured)
        _gauge(registry, "submitting", "0 where nothing is submitted: a dry run, or no token.", off is None)
        _gauge(registry, "budget", "Requests that may be sent in 24 hours.", configured.spamhaus.per_day)
    return generate_latest(registry).decode()


def _mail(registry: CollectorRegistry, look: Look) -> None:
    waiting = _labelled(registry, "waiting_messages", "Caught mail that the reporter has not taken in.", "folder")
    oldest = _labelled(registry, "waiting_seconds", "How long the oldest of it has waited.", "folder")
    unreadable = _labelled(registry, "unreadable_messages", "Caught mail that could not be read.", "folder")
    failed = _labelled(registry, "folder_failed", "1 where a folder of caught mail can't be read.", "folder")
    for folder in look.folders:
        failed.labels(folder.name).set(folder.problem is not None)
        if folder.problem is None:
            waiting.labels(folder.name).set(folder.waiting or 0)
            oldest.labels(folder.name).set(folder.waiting_seconds or 0.0)
            unreadable.labels(folder.name).set(folder.failed or 0)


def _standing(registry: CollectorRegistry, found: "Standing") -> None:
    queue = found.queue
    _gauge(registry, "caught_24h", "Messages that came in 24 hours.", found.caught.in_24_hours)
    _gauge(registry, "queued_submissions", "To be sent, or waiting for another try.", queue.queued + queue.waiting)
    _gauge(registry, "sent_24h", "Requests that were sent in 24 hours.", queue.sent_in_24_hours)
    _gauge(
        registry, "sending_failed", "1 where nothing could be sent when it was last tried.", queue.trouble is not None
    )
    submissions = _labelled(registry, "submissions_30d", "What came of the submissions of 30 days.", "kind", "state")
    for one in found.kinds:
        for state in ("listed", "checked", "pending", "known", "refused"):
            submissions.labels(one.kind, state).set(getattr(one, state))
    _gauge(registry, "blocklist_listed", "Networks on the local blocklist.", found.blocklist.listed)
    _gauge(registry, "blocklist_held", "Networks that wait for a person.", found.blocklist.held)
    burnt = sum(one.burnt for one in found.traps)
    _gauge(registry, "burnt_labels", "Labels of traps that mostly innocent senders hit.", burnt)


def _labelled(registry: CollectorRegistry, name: str, text: str, *labels: str) -> Gauge:
    return Gauge(f"trapline_reporter_{name}", text, labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, text: str, value: float) -> None:
    Gauge(f"trapline_reporter_{name}", text, registry=registry).set(value)
