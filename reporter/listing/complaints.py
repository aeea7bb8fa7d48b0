"""What fails in writing the local blocklist: said once while it lasts, and that it is well again."""

import logging
from collections.abc import Callable

from trapline.config.events import Event

Say = Callable[[Event], None]


class Complaints:
    """Says what fails once while it lasts, and that it is well again."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lasting: dict[str, str] = {}

    def failed(self, what: str, event: Event) -> None:
        """`event` is about `what`."""
        why = event.text
        if self._lasting.get(what) != why:
            self._lasting[what] = why
            facts = {**event.facts, "why": why}
            self._say(Event(event.name, facts, text=f"blocklist: {why}", trace=event.trace, level=logging.ERROR))

    def well(self, what: str, sentence: str) -> None:
        """It works; which is said where it did not."""
        if self._lasting.pop(what, None) is not None:
            self._say(Event("blocklist well", {"what": what}, text=f"blocklist: {sentence}"))
