"""What fails in writing the local blocklist is said once while it lasts, and once more when it works again."""

import logging
from collections.abc import Callable

from trapline.config.events import Event

Say = Callable[[Event], None]


class Complaints:
    """Remembers what was said to be failing: each thing has a name of its own."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lasting: dict[str, str] = {}

    def failed(self, what: str, event: Event) -> None:
        """`what` failed: say `event`, unless the same was said before and `what` has not worked since."""
        why = event.text
        if self._lasting.get(what) != why:
            self._lasting[what] = why
            facts = {**event.facts, "why": why}
            self._say(Event(event.name, facts, text=f"blocklist: {why}", trace=event.trace, level=logging.ERROR))

    def well(self, what: str, sentence: str) -> None:
        """`what` works: say `sentence` if it failed before."""
        if self._lasting.pop(what, None) is not None:
            self._say(Event("blocklist well", {"what": what}, text=f"blocklist: {sentence}"))
