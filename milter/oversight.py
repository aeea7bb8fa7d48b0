"""What is done each time a main loop of the milter turns, beside serving.

The milter's first process tests the zones and tells systemd how the milter is: that it serves once it really does, and
that it lives while it turns, and with several workers while all of them do. A worker only shows its parent that it
turns.
"""

from typing import Protocol

from trapline.milter.beats import Beats
from trapline.milter.service import Service
from trapline.milter.watch import Watch
from trapline.systemd.notify import Manager


class Oversight(Protocol):
    """Of one process."""

    def reloading(self) -> None:
        """A reload begins; the next turn is after it."""

    def turned(self) -> None:
        """The process serves, and its main loop has turned."""

    def stopping(self) -> None:
        """Its end begins."""


class OfMilter:
    """Of the process that systemd started."""

    def __init__(self, service: Service, watch: Watch, manager: Manager, workers: Beats | None = None) -> None:
        """`workers`: who serves in this process's place."""
        self._service = service
        self._watch = watch
        self._manager = manager
        self._workers = workers
        self._reload = False
        self._told = False  # that it is ready

    def reloading(self) -> None:
        """Say so, and have each zone tested."""
        self._reload, self._told = True, False
        self._manager.reloading()

    def turned(self) -> None:
        """Go on with the zones' tests, and say how the milter is."""
        self._watch.look(force=self._reload)
        self._reload = False
        self._manager.status(self._service.status(self._watch.left_out))
        if self._workers is not None and not self._workers.all_well():
            return
        if not self._told:
            self._told = True
            self._manager.ready()
        self._manager.alive()

    def stopping(self) -> None:
        """Say so."""
        self._manager.stopping()


class OfWorker:
    """Of one of several processes, that at `place`."""

    def __init__(self, workers: Beats, place: int) -> None:
        self._workers = workers
        self._place = place

    def reloading(self) -> None:
        """The parent says so."""

    def turned(self) -> None:
        """Show the parent that this one turns."""
        self._workers.beat(self._place)

    def stopping(self) -> None:
        """The parent says so."""
