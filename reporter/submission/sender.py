"""Sending what is queued: one at a time, at the account's pace, each step in the store before and after.

A submission is `sending` in the store, and claimed, before its request leaves, and settled right after its answer, so
that a kill costs at most the one in flight a second request. Where several reporters share the store, each looks for
what is due and waits for the pace, and then one of them gets it: the claim holds pace and budget against what the
others did meanwhile. Threat types, pace, the portal's words and ours (outcome_events.py) are other files' subjects;
here it is decided what each outcome means for the queue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.events import Event
from trapline.config.settings import Spamhaus
from trapline.reporter.progress import Progress, untold
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import lookups, outcome_events, queue, without_token
from trapline.reporter.submission.account_types import AccountTypes
from trapline.reporter.submission.answers import Accepted, Answer, Known, NotAuthorised, Outcome, Refused, TryLater
from trapline.reporter.submission.last_look import LastLook
from trapline.reporter.submission.networks import Networks
from trapline.reporter.submission.pace import Pace
from trapline.reporter.submission.pacing import Pacing, Wait
from trapline.reporter.submission.portal import Portal
from trapline.reporter.submission.queue import Submission
from trapline.reporter.submission.summary import Summary
from trapline.reporter.submission.threat_types import NoThreatTypeError
from trapline.reporter.telling import Say

BUDGET_TIME = timedelta(hours=24)  #: over which `per_day` is counted
CLASH_SECONDS = 0.05  #: until it is looked again, where another reporter was faster


@dataclass(slots=True)
class Ending:
    """How a run of the sender ended."""

    failed: bool = False  #: something has to be looked at
    refused: bool = False  #: the token was: only a person can help


class Sender:
    """Sends from `store` to `portal`, within `limits`."""

    def __init__(
        self,
        store: Store,
        portal: Portal,
        limits: Spamhaus,
        clock: Clock,
        say: Say,
        *,
        networks: Networks | None = None,
        last_look: LastLook | None = None,
    ) -> None:
        """`networks` adds to the reasons what is known of a client's network, `last_look` may hold an address back."""
        self._store = store
        self._portal = portal
        self._limits = limits
        self._clock = clock
        self._say = say
        self._networks = networks
        self._last_look = last_look
        self._pacing = Pacing(store, limits, clock)
        self._types = AccountTypes(store, portal, clock)
        self._waits = ""  # why the sending waits, as it was said
        self._unsettled: tuple[Submission, Answer] | None = None  # the store failed when it had come

    def run(
        self, summary: Summary, wait: Wait, patience: timedelta | None = None, progress: Progress = untold
    ) -> Ending:
        """Send all that may be sent; wait for the pace (for `patience` in all; None: as long as it takes).

        A back-off, the day's budget, or a token that is refused ends the run. Raises StoreError.
        """
        ending, sent, total = Ending(), 0, self._begin(summary)
        last = None if patience is None else self._clock() + patience
        while (submission := self._next()) is not None:
            if self._last_look is not None and self._last_look.stops(submission):
                if self._pacing.is_time_up(wait, last):  # there may be thousands of them
                    break
                continue
            submission = self._described(submission)  # before the wait for the pace, which is shorter by what it takes
            if self._pacing.must_stop_waiting(wait, last):
                break
            try:
                threat_type = self._types.code(submission.kind)
            except NoThreatTypeError as error:
                self._say(str(error))
                ending.failed = True
                continue
            if not isinstance(threat_type, str):
                self._no_types(threat_type, ending)
                break
            if not self._claim(submission, threat_type):
                if wait(CLASH_SECONDS):
                    break
                continue
            if not self._send(submission, threat_type, summary, ending):
                break
            sent += 1
            progress("submissions", sent, max(sent, total))
        return ending

    def _begin(self, summary: Summary) -> int:
        """Tidy the queue up; how many submissions wait in it."""
        self._settle()
        dropped = 0
        while some := self._drop_stale():
            dropped += some
        with self._store.writing() as db:
            queue.requeue_interrupted(db)
            waiting = queue.counts(db)["queued"]
        summary.dropped += dropped
        if dropped:
            sentence = f"dropped {dropped} submissions: older than a day, and there was no token to send them with"
            self._say(Event("dropped", {"submissions": dropped}, text=sentence))
        return waiting

    def _drop_stale(self) -> int:
        with self._store.writing() as db:
            return without_token.drop_stale(db, self._clock(), self._store.host)

    def _next(self) -> Submission | None:
        """What is to be sent next; None where nothing may be, now."""
        now = self._clock()
        with self._store.writing() as db:  # it passes over what is locked, and who only reads can't
            pace = self._pacing.at(db, now)
            due = queue.next_due(db, now, self._types.kinds(now))
            used = queue.attempts_within(db, now, BUDGET_TIME)
        if due is None:
            return None
        if pace.paused(now):
            self._say_once(f"sending waits until {pace.paused_until:%Y-%m-%d %H:%M:%S} UTC, after a failure")
            return None
        if used >= self._limits.per_day:
            self._say_once(f"sending waits: the budget of {self._limits.per_day} requests in 24 hours is used up")
            return None
        self._waits = ""
        return due

    def _say_once(self, why: str) -> None:
        """Each new mail leads here again while the sending waits."""
        if why != self._waits:
            self._say(why)
        self._waits = why

    def _described(self, submission: Submission) -> Submission:
        return submission if self._networks is None else self._networks.describe(submission)

    def _no_types(self, answer: NotAuthorised | TryLater, ending: Ending) -> None:
        if isinstance(answer, NotAuthorised):
            with self._store.writing() as db:
                queue.note_trouble(db, outcome_events.refusal(answer))
            self._token_refused(answer, ending)
            return
        with self._store.writing() as db:
            self._pacing.all_wait(db, answer, self._clock())
            queue.note_trouble(db, answer.why)
        ending.failed = ending.failed or answer.failure
        self._say(f"the list of threat types could not be had, trying again later: {answer.why}")

    def _claim(self, submission: Submission, threat_type: str) -> bool:
        """It is to be sent now, by us. False: another reporter has it, or has used up what may leave now."""
        with self._store.writing() as db:
            now = self._clock()
            pace = self._pacing.at(db, now)
            if not pace.allows(now) or queue.attempts_within(db, now, BUDGET_TIME) >= self._limits.per_day:
                return False
            if not queue.begin(db, submission.id, threat_type, now):
                return False
            queue.save_pace(db, pace.spend(now))
        return True

    def _send(self, submission: Submission, threat_type: str, summary: Summary, ending: Ending) -> bool:
        """One request and what comes of it. False: nothing more is to be sent now."""
        answer = self._portal.submit(submission.kind, threat_type, submission.reason, submission.object)
        self._unsettled = (submission, answer)
        self._count(answer.outcome, summary, ending)
        if not isinstance(answer.outcome, NotAuthorised):
            self._say(outcome_events.event(submission, answer.outcome))
        self._settle()
        return not isinstance(answer.outcome, NotAuthorised)

    def _settle(self) -> None:
        """Keep the answer that came; where the store fails, it is kept until that can be done."""
        if self._unsettled is None:
            return
        submission, answer = self._unsettled
        now = self._clock()
        with self._store.writing() as db:
            pace = self._pacing.at(db, now)
            if queue.is_ours(db, submission.id):
                pace = self._keep(db, submission, answer.outcome, pace, now)
            queue.save_pace(db, pace if answer.rest is None else pace.rest(now, answer.rest))
        self._unsettled = None

    def _keep(self, db: sa.Connection, submission: Submission, outcome: Outcome, pace: Pace, now: datetime) -> Pace:
        """The outcome, in the submission's row; returns the account's pace after it."""
        match outcome:
            case Accepted(portal_id):
                queue.settle(db, submission.id, "accepted", now, portal_id=portal_id)
                lookups.schedule(db, submission.id, now)
            case Known():
                queue.settle(db, submission.id, "known", now, answer="reported before")
            case Refused(message):
                queue.settle(db, submission.id, "refused", now, answer=message)
            case NotAuthorised(message):
                queue.settle(db, submission.id, "queued", now, answer=message)
                queue.note_trouble(db, outcome_events.refusal(outcome))
                return pace.answered()
            case TryLater():
                failures = pace.failures_before(submission.attempts, everyone=outcome.everyone)
                wait = outcome.after or self._pacing.back_off(failures + 1)
                queue.settle(db, submission.id, "waiting", now, answer=outcome.why, not_before=now + wait)
                queue.note_trouble(db, outcome.why)
                return pace.failed(now, wait, everyone=outcome.everyone)
            case _:
                assert_never(outcome)
        queue.note_trouble(db, None)
        return pace.answered()

    def _count(self, outcome: Outcome, summary: Summary, ending: Ending) -> None:
        match outcome:
            case Accepted():
                summary.accepted += 1
            case Known():
                summary.known += 1
            case Refused():
                summary.refused += 1
            case NotAuthorised():
                self._token_refused(outcome, ending)
            case TryLater():
                ending.failed = ending.failed or outcome.failure

    def _token_refused(self, outcome: NotAuthorised, ending: Ending) -> None:
        ending.failed = ending.refused = True
        self._say(outcome_events.token_refused(outcome))
