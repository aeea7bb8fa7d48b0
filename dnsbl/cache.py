"""What the zones said lately: answers kept for their TTL, bounded in number.

Failures are not kept: they have no TTL. No answer is kept longer than it says itself: a zone that takes a listing back
means it. Where there is no room, the one that was stored longest ago goes. The clock is handed in. Safe to use from
many threads.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

from trapline.config.dqs import DqsCache
from trapline.dnsbl.findings import Listed, NotListed
from trapline.dnsbl.zones import Question

Answer = Listed | NotListed

DEFAULT_BOUNDS = DqsCache()


class Cache:
    """The latest answers, least recently stored first."""

    def __init__(self, now: Callable[[], float], bounds: DqsCache = DEFAULT_BOUNDS) -> None:
        self._now = now
        self._max_entries = bounds.max_entries
        self._max_listed_seconds = bounds.max_listed_seconds
        self._max_not_listed_seconds = bounds.max_not_listed_seconds
        self._entries: OrderedDict[Question, tuple[Answer, float]] = OrderedDict()
        self._lock = Lock()

    def known(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """The answers to `questions` that still hold."""
        now = self._now()
        found: dict[Question, Answer] = {}
        for question in questions:
            entry = self._entries.get(question)  # one step, so it needs no lock
            if entry is not None and now < entry[1]:
                found[question] = entry[0]
        return found

    def put(self, question: Question, answer: Answer) -> None:
        """Keep `answer` for its TTL, at most for the bound of its kind. One that may not be kept takes no room."""
        longest = self._max_listed_seconds if isinstance(answer, Listed) else self._max_not_listed_seconds
        seconds = min(answer.ttl, longest)
        with self._lock:
            if seconds <= 0:
                self._entries.pop(question, None)  # what was said before does not hold any more
                return
            self._entries[question] = (answer, self._now() + seconds)
            self._entries.move_to_end(question)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    def forget(self, zone: str) -> None:
        """Drop all that `zone` said."""
        with self._lock:
            for question in [question for question in self._entries if question.zone == zone]:
                del self._entries[question]

    def __len__(self) -> int:
        """How many answers are kept, expired ones among them."""
        return len(self._entries)
