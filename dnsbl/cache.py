"""What the zones said lately: answers kept for their TTL, bounded in number.

Failures are not kept: they have no TTL. The clock is handed in. Safe to use from many threads.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from trapline.dnsbl.findings import Listed, NotListed
from trapline.dnsbl.zones import Question

MAX_ENTRIES = 100_000
MAX_LISTED_SECONDS = 3600.0  #: a delisted client is not refused for longer than this
MAX_NOT_LISTED_SECONDS = 900.0  #: a new listing takes effect after this at the latest

Answer = Listed | NotListed


class Cache:
    """The latest answers, least recently stored first."""

    def __init__(self, now: Callable[[], float], max_entries: int = MAX_ENTRIES) -> None:
        self._now = now
        self._max_entries = max_entries
        self._entries: OrderedDict[Question, tuple[Answer, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, question: Question) -> Answer | None:
        """The answer that still holds, or None."""
        entry = self._entries.get(question)  # one step, so it needs no lock
        if entry is None:
            return None
        answer, expires = entry
        return answer if self._now() < expires else None

    def put(self, question: Question, answer: Answer) -> None:
        """Keep `answer` for its TTL, at most for the bound of its kind."""
        longest = MAX_LISTED_SECONDS if isinstance(answer, Listed) else MAX_NOT_LISTED_SECONDS
        with self._lock:
            self._entries[question] = (answer, self._now() + min(answer.ttl, longest))
            self._entries.move_to_end(question)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    def __len__(self) -> int:
        """How many answers are kept, expired ones among them."""
        return len(self._entries)
