"""Putting what is planned of a message into the queue, beside what the store knows already.

Nothing is submitted twice within a window; of a campaign one sample is, and of all campaigns so many a day. What needs
a second message or another server's word is decided here, where both can be looked up. A client that has had its share
of the day goes behind the others.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.config.settings import Settings
from trapline.reporter import campaigns, shares
from trapline.reporter.indicators import Decision, Judged, Report, Skip, without_history, without_witness
from trapline.reporter.planning import Planned, Taken
from trapline.reporter.submission import queue
from trapline.reporter.submission.weights import LAST
from trapline.reporter.witnesses import seen_elsewhere


class Queueing:
    """Queues plans, as `settings` bound it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.reporter
        self._share = shares.share(settings.spamhaus.per_day)
        self._samples_share = shares.share(settings.reporter.samples_per_day)
        self._window = timedelta(hours=settings.reporter.window_hours)

    def add_all(
        self, db: sa.Connection, taken: Taken, now: datetime, *, second: bool
    ) -> list[tuple[Judged, int | None]]:
        """What becomes of all that is planned, and the submission that each is, or repeats.

        `second`: the sender wrote before.
        """
        queued = shares.queued(db, taken.evidence.envelope, now)
        late = sum(queued.values()) >= self._share
        plans = (replace(plan, weight=LAST) if late else plan for plan in taken.plans)
        added = []
        for plan in plans:
            decision, submission_id = self._add(db, taken, plan, now, second=second)
            added.append((replace(plan.judged, decision=decision), submission_id))
        return added

    def _add(
        self, db: sa.Connection, taken: Taken, plan: Planned, now: datetime, *, second: bool
    ) -> tuple[Decision, int | None]:
        decision, envelope = plan.judged.decision, taken.evidence.envelope
        if isinstance(decision, Skip):
            return decision, None
        if decision.second is not None and not second:
            return without_history(decision), None
        if decision.witness is not None and not seen_elsewhere(db, envelope):
            return without_witness(decision), None
        match plan.judged.indicator.kind:
            case "email":
                return self._sample(db, taken, plan, now)
            case "url":
                return self._url(db, taken, plan, now)
            case _:
                return self._queue(db, taken, plan, now)

    def _sample(self, db: sa.Connection, taken: Taken, plan: Planned, now: datetime) -> tuple[Decision, int | None]:
        """One of a campaign, and no more than may leave in a day, and of one client."""
        settings, sketch = self._settings, taken.evidence.sketch
        domain = campaigns.primary_domain(taken.judged)
        earlier = campaigns.sampled(db, domain, sketch, now, self._window)
        if earlier is not None:
            within = f"within {settings.window_hours:g} hours already (submission {earlier})"
            return Skip(f"a sample of this campaign was submitted {within}"), earlier
        if campaigns.samples_in_a_day(db, now) >= settings.samples_per_day:
            return Skip(f"{settings.samples_per_day} samples in 24 hours already (reporter.samples_per_day)"), None
        if shares.queued(db, taken.evidence.envelope, now).get("email", 0) >= self._samples_share:
            return Skip(f"{self._samples_share} samples of this client in 24 hours already"), None
        decision, number = self._queue(db, taken, plan, now)
        if isinstance(decision, Report) and number is not None:
            campaigns.add(db, number, domain, sketch, now, self._window)
        return decision, number

    def _url(self, db: sa.Connection, taken: Taken, plan: Planned, now: datetime) -> tuple[Decision, int | None]:
        """One of those that differ in a recipient's token alone."""
        earlier = campaigns.same_link(db, plan.value, now, self._window)
        if earlier is not None:
            return Skip(f"differs only in a recipient's token (submission {earlier})"), earlier
        return self._queue(db, taken, plan, now)

    def _queue(self, db: sa.Connection, taken: Taken, plan: Planned, now: datetime) -> tuple[Decision, int | None]:
        queued = queue.add(
            db,
            message_id=taken.evidence.envelope.id,
            kind=plan.judged.indicator.kind,
            value=plan.value,
            content=plan.content,
            reason=plan.reason,
            weight=plan.weight,
            now=now,
            window=self._window,
        )
        if isinstance(queued, queue.Repeats):
            within = f"within {self._settings.window_hours:g} hours already"
            return Skip(f"submitted {within} (submission {queued.id})"), queued.id
        return plan.judged.decision, queued.id
