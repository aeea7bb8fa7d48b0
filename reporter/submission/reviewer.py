"""Reading, at intervals, what Spamhaus made of our submissions: the portal's list, page by page, into the store.

It keeps the account's pace and holds nothing else up: sending comes first, one step is one request, and a review that
is not done when the round's time is over goes on in the next one. Of the reporters that share a store one reads. A page
with more mail than is read at once is asked for again in smaller parts. What fails here stops no sending: only "slow
down" (429) is the whole account's.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from trapline.config.clock import Clock
from trapline.config.events import Event, Fact
from trapline.config.settings import Spamhaus
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import claims
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue, reviews
from trapline.reporter.submission.answers import Counts, NotAuthorised, Page, TooLarge, TryLater
from trapline.reporter.submission.pace import LONGEST_WAIT
from trapline.reporter.submission.pacing import Pacing, Wait
from trapline.reporter.submission.portal import MAX_LIST_BYTES, Portal
from trapline.reporter.submission.portal_list import ReviewState
from trapline.reporter.submission.preview import described as in_words
from trapline.reporter.submission.reviews import Followed
from trapline.reporter.telling import Say

PAGE_ITEMS = 128  #: of a page, a power of two; fewer where they are large
MAX_ITEMS = 1_000_000  #: of a whole list, should it never end
RETRY = timedelta(hours=1)  #: after a failure
TOO_OLD = timedelta(days=1)  #: a review that was begun so long ago is begun anew


@dataclass(slots=True)
class _Progress:
    """One review under way. Mutable: it is read further and further."""

    began: datetime
    counts: Counts
    followed: Followed
    size: int  #: of the next page
    largest: int  #: page that is asked for
    start: int = 0  #: items that were read; always a multiple of `size`
    found: Counter[ReviewState] = field(default_factory=Counter)
    last_ids: tuple[str, ...] = ()  #: of the page before: a portal that knows no pages gives the same again

    def smaller(self) -> None:
        """After a page that was too large. An item that is so by itself is left out."""
        if self.size > 1:
            self.size //= 2
        else:
            self.start += 1

    def further(self, page: Page) -> bool:
        """After `page`: whether there may be more that concerns us."""
        ids = tuple(item.portal_id for item in page.items)
        ended = page.count < self.size or (ids and ids == self.last_ids) or not self.followed.open
        self.start, self.last_ids = self.start + self.size, ids
        if page.size_bytes < MAX_LIST_BYTES / 4 and self.size < self.largest and self.start % (2 * self.size) == 0:
            self.size *= 2
        return not ended and self.start < MAX_ITEMS


class Reviewer:
    """Keeps the reviews in `store` up to date. Used by the thread that sends."""

    page_items = PAGE_ITEMS

    def __init__(self, store: Store, portal: Portal, limits: Spamhaus, clock: Clock, say: Say) -> None:
        self._store = store
        self._portal = portal
        self._limits = limits
        self._clock = clock
        self._say = say
        self._interval = timedelta(minutes=limits.review_minutes)
        self._pacing = Pacing(store, limits, clock)
        self._progress: _Progress | None = None
        self._not_before: datetime | None = None
        self._failed = False

    def run(self, wait: Wait, patience: timedelta | None = None) -> bool:
        """Go on with the review, or begin one that is due; wait for the pace (for `patience` in all; None: as needed).

        Returns False where it failed: somebody may have to look. Raises StoreError.
        """
        self._failed = False
        last = None if patience is None else self._clock() + patience
        going_on = self._is_due()
        while going_on and not self._pacing.must_stop_waiting(wait, last):
            self._step()
            going_on = self._progress is not None and self._is_due()  # one review at most, however short the interval
        return not self._failed

    def _is_due(self) -> bool:
        now = self._clock()
        if not self._limits.review_minutes or self._is_put_off(now):
            return False
        if self._progress is not None and now - self._progress.began > TOO_OLD:
            self._progress = None
        with self._store.writing() as db:
            last = reviews.last(db)
            if self._progress is not None and last is not None and last.at > self._progress.began:
                self._progress = None  # it was put off, and another reporter is through with it
            if self._progress is None and not reviews.is_due(db, now, self._interval):
                return False
            ours = claims.take(db, claims.REVIEW)
        if not ours:
            self._progress = None
        return ours

    def _is_put_off(self, now: datetime) -> bool:
        """After a failure. A clock that was wrong then puts nothing off."""
        return self._not_before is not None and now < self._not_before <= now + LONGEST_WAIT

    def let_go(self) -> None:
        """Leave the review to the other reporters, if there are any. Raises StoreError."""
        with self._store.writing() as db:
            claims.give_up(db, claims.REVIEW)

    def _step(self) -> None:
        """One request, and what it says."""
        now = self._clock()
        with self._store.writing() as db:
            pace = self._pacing.at(db, now)
            if not pace.allows(now):  # another reporter was faster
                return
            queue.save_pace(db, pace.spend(now))
        if self._progress is None:
            self._begin(now)
        else:
            self._read(self._progress)

    def _begin(self, now: datetime) -> None:
        answer = self._portal.counts()
        if isinstance(answer, NotAuthorised | TryLater):
            self._put_off(answer)
            return
        with self._store.reading() as db:
            self._progress = _Progress(now, answer, reviews.followed(db, now), self.page_items, self.page_items)

    def _read(self, progress: _Progress) -> None:
        answer = self._portal.review(progress.size, progress.start // progress.size + 1)
        match answer:
            case Page():
                self._keep(answer, progress)
                if not progress.further(answer):
                    self._finish(progress)
            case TooLarge():
                progress.smaller()
            case NotAuthorised() | TryLater():
                self._put_off(answer)
            case _:
                assert_never(answer)

    def _keep(self, page: Page, progress: _Progress) -> None:
        now, news = self._clock(), []
        with self._store.writing() as db:
            for item in page.items:
                if (mine := progress.followed.find(item)) is not None:
                    progress.found[item.state] += 1
                    if reviews.keep(db, mine, item, now):
                        news.append((*reviews.described(db, mine), item.datasets))
            if page.rest is not None:
                queue.save_pace(db, self._pacing.at(db, now).rest(now, page.rest))
        for kind, value, message_id, datasets in news:
            self._say(_newly_listed(kind, value, message_id, datasets))

    def _finish(self, progress: _Progress) -> None:
        self._progress = None
        with self._store.writing() as db:
            reviews.finish(db, progress.began, progress.counts)
            claims.give_up(db, claims.REVIEW)
        found = {state: progress.found[state] for state in ("listed", "checked", "pending")}
        facts: dict[str, Fact] = {**found, "total": progress.counts.total, "matched": progress.counts.matched}
        sentence = (
            f"review: {found['listed']} listed, {found['checked']} checked and not listed, {found['pending']} pending; "
            f"the portal counts {progress.counts.matched} of {progress.counts.total} as matched"
        )
        self._say(Event("review", facts, text=sentence))

    def _put_off(self, answer: NotAuthorised | TryLater) -> None:
        now = self._clock()
        self._not_before = now + RETRY
        self.let_go()
        self._failed = isinstance(answer, NotAuthorised) or answer.failure
        if isinstance(answer, TryLater) and not answer.failure:
            with self._store.writing() as db:
                wait = self._pacing.all_wait(db, answer, now)
            self._not_before = now + wait
        why = answer.message if isinstance(answer, NotAuthorised) else answer.why
        sentence = f"the review of our submissions could not be read, trying again later: {why}"
        self._say(Event("review error", {"why": why}, text=sentence, level=logging.WARNING))


def _newly_listed(kind: IndicatorKind, value: str, message_id: str, datasets: tuple[str, ...]) -> Event:
    facts: dict[str, Fact] = {"id": message_id, "kind": kind, "dataset": datasets}
    if kind != "email":
        facts["object"] = value
    sentence = f"listed {in_words(kind, value, message_id)}: in {', '.join(datasets)}"
    return Event("newly listed", facts, text=sentence)
