"""Whether a text was learned before: of a campaign one message teaches all that there is to learn. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from trapline.reporter.sketches import alike, hashes_of


class Campaigns:
    """The sketches of the texts that are known, found by any of their hashes: nearly identical texts share many."""

    def __init__(self, sketches: Iterable[str]) -> None:
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        for one in sketches:
            self.add(one)

    def add(self, sketch: str) -> None:
        """It is known from now on."""
        for one_hash in hashes_of(sketch):
            self._known[one_hash].add(sketch)

    def knows(self, sketch: str) -> bool:
        """Whether a nearly identical text is known."""
        near = {known for one_hash in hashes_of(sketch) for known in self._known.get(one_hash, ())}
        return sketch in near or any(alike(sketch, known) for known in near)
