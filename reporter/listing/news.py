"""What the log says of the local blocklist: a line for each hit that changes it, and for each client that is spared.

That entries are held is a warning, given once in a while with their number: a botnet would fill the log. Traps appear
by their labels.
"""

import logging
from datetime import datetime, timedelta

from trapline.blocklist.listing import Kept
from trapline.config.events import Dialogue, Event, Fact
from trapline.reporter.listing.hits import Heard
from trapline.spool.envelope import Envelope

WARN_EVERY = timedelta(minutes=10)  #: at most, of what is held

_LOG = logging.getLogger(__name__)


class News:
    """Tells of what was heard. For the life of a reporter: it counts what it has not told yet."""

    def __init__(self) -> None:
        self._held = 0
        self._last: Heard | None = None
        self._warned: datetime | None = None

    def tell(self, envelope: Envelope, heard: Heard) -> None:
        """One message's hit, once it is kept."""
        client = envelope.client
        dialogue = Dialogue(client.address, client.name, envelope.queue_id)
        about: dict[str, Fact] = {"id": envelope.id, "label": heard.labels or ("-",)}
        match heard.what:
            case "listed" if heard.kept is not None:
                _LOG.info(Event("blocklisted", about | _entry(heard.kept), dialogue=dialogue))
            case "extended" if heard.kept is not None:
                _LOG.info(Event("blocklist extended", about | _entry(heard.kept), dialogue=dialogue))
            case "held" if heard.new:
                self._held += 1
                self._last = heard
            case "spared":
                _LOG.info(Event("blocklist spared", about | _why(heard), dialogue=dialogue))
            case "waiting":
                _LOG.info(Event("blocklist waiting", about | _why(heard), dialogue=dialogue))

    def warn(self, now: datetime) -> None:
        """Of what is held since the last warning, where one is due."""
        if self._last is None or (self._warned is not None and self._warned <= now < self._warned + WARN_EVERY):
            return
        facts: dict[str, Fact] = {"held": self._held, "network": str(self._last.network), "why": self._last.why}
        waiting = "1 entry waits" if self._held == 1 else f"{self._held} entries wait"
        sentence = (
            f"blocklist: {waiting} for a person, {self._last.network} the last: {self._last.why}. "
            "See trapline blocklist list --held"
        )
        _LOG.warning(Event("blocklist held", facts, text=sentence, level=logging.WARNING))
        self._held, self._last, self._warned = 0, None, now


def _entry(kept: Kept) -> dict[str, Fact]:
    entry = kept.entry
    until = "removed" if entry.expires is None else f"{entry.expires:%Y-%m-%dT%H:%MZ}"
    return {"network": str(entry.network), "hits": entry.hits, "until": until}


def _why(heard: Heard) -> dict[str, Fact]:
    return {"rule": heard.rule or "-", "why": heard.why}
