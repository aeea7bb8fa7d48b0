"""What one process of the milter serves with: its engine, its metrics, and the rules in force."""

import gc
import time
from collections.abc import Callable, Sequence

from trapline.config.events import Event, Fact
from trapline.config.names import IpAddress
from trapline.config.settings import Settings
from trapline.dnsbl.board import Board
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.routes import count_resolvers
from trapline.dnsbl.zones import Zone
from trapline.milter import processors
from trapline.milter.blocklist import Blocklist
from trapline.milter.conversation import Conversation
from trapline.milter.metrics import Levels, Metrics
from trapline.milter.rules import Rules
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles


def _no_socket() -> None:
    """None has been opened yet."""


class Service:
    """What conversations need. The rules are replaced as a whole when traps have changed."""

    def __init__(
        self, settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir, metrics: Metrics
    ) -> None:
        """Made once, before any fork; with several workers, each then calls `become_worker`."""
        self.settings = settings
        self.metrics = metrics
        self.remove_socket: Callable[[], None] = _no_socket
        self._zones = zones
        self._traps = traps
        self._spool = spool
        self.blocklist = Blocklist(settings, metrics)
        self._rules = Rules(settings, zones, traps.current)
        workers = settings.milter.workers
        self._processors = processors.spread(workers) if settings.milter.one_processor else ()  # by the worker's place
        resolvers = count_resolvers(zones.values(), settings.dqs.nameservers)
        self._board = Board(tuple(zones), resolvers, 1 if workers == 1 else 1 + workers)
        self.engine = self._make_engine(place=0)

    def become_worker(self, place: int) -> None:
        """Serve in a process of its own, that at `place` from 0; on the board the parent is first."""
        self.engine = self._make_engine(place + 1)
        self.keep_to_processor(place)

    def keep_to_processor(self, place: int = 0) -> None:
        """Keep the process on a processor of its own."""
        if self._processors:
            processors.keep_to(self._processors[place])

    def started(self) -> Event:
        """For the log: what this process serves."""
        settings, traps = self.settings, len(self._traps.current)
        facts: dict[str, Fact] = {"listen": str(settings.milter.listen), "zone": tuple(self._zones)}
        return Event("started", facts | {"mode": settings.dqs.mode, "traps": traps})

    def status(self, left_out: Sequence[str]) -> str:
        """For `systemctl status`: what is asked, and which zones are not well."""
        asked = [zone for zone in self._zones if zone not in left_out]
        doing = "shadow mode, refuses nothing" if self.settings.dqs.mode == "shadow" else "refuses what is listed"
        without = f"; left out, see the log: {', '.join(left_out)}" if left_out else ""
        return f"On {self.settings.milter.listen}; asks {', '.join(asked) or 'no zone'}{without}; {doing}"

    def converse(self, address: IpAddress | None, name: str | None, daemon_name: str, host: str) -> Conversation:
        """A conversation with a client that has connected."""
        return Conversation(
            self._in_force, self.engine, self.blocklist, self._spool, self.metrics, address, name, daemon_name, host
        )

    def _in_force(self) -> Rules:
        return self._rules

    def refresh(self, *, force: bool) -> None:
        """Read the trap files again where they have changed, or in any case."""
        if not (self._traps.reload() if force else self._traps.reload_if_changed(time.monotonic())):
            self.metrics.error("reload")
        if self._traps.current is not self._rules.traps:
            self._rules = Rules(self.settings, self._zones, self._traps.current)
            gc.collect()  # the old rules and traps, which know themselves by their caches: thousands of lines each

    def publish(self, sessions: int) -> None:
        """Bring the metrics up to date, with the number of open sessions."""
        engine, traps = self.engine, len(self._traps.current)
        self.metrics.publish(Levels(sessions, engine.cached, traps, self.blocklist.entries, engine.left_out))

    def _make_engine(self, place: int) -> Engine:
        dqs, seconds = self.settings.dqs, self.settings.milter.deadline_seconds
        engine = Engine(
            self._zones, dqs.nameservers, seconds, bounds=dqs.cache, board=self._board, observer=self.metrics
        )
        engine.place = place
        return engine
