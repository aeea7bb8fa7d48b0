"""The local blocklist is written out by a thread of its own with a store of its own.

So nothing that the reporter waits for (the portal's pace, a resolver) delays a listing: with the look for changes and
the writing, what is new is in the files within 10 seconds.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from trapline.config.blocklist_files import Served
from trapline.config.clock import Clock
from trapline.config.errors import TraplineError
from trapline.config.events import Event
from trapline.reporter.listing.after_writing import AfterWriting
from trapline.reporter.listing.complaints import Complaints, Say
from trapline.reporter.listing.publisher import Publisher
from trapline.reporter.storage.store import Store
from trapline.reporter.telling import defect

LOOK_SECONDS = 2.0  #: between two looks for changes
REST_SECONDS = 3.0  #: at most, after a look that took longer: as long as that took


class Publishing:
    """A publisher at work in its thread, and the command in another: one that hangs keeps no listing back."""

    def __init__(self, database_url: str, served: Served, keep: timedelta | None, clock: Clock, say: Say) -> None:
        """`keep`: how long what is no longer listed is remembered; None is for ever."""
        self._database_url = database_url
        self._served = served
        self._keep = keep
        self._clock = clock
        self._say = say
        self._complaints = Complaints(say)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="blocklist", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """End, once the look or the command that is under way is done."""
        self._stop.set()
        self._thread.join()

    def once(self) -> bool:
        """Write all files as the store is now, and run the command if one was written. Whether all went well.

        Raises StoreError: the store can't be used.
        """
        with self._store() as store:
            publisher = self._publisher(store)
            ran = AfterWriting(self._served, self._say).once() if publisher.look() else True
            return ran and not publisher.failed

    def _store(self) -> closing[Store]:
        return closing(Store.open(self._database_url))

    def _publisher(self, store: Store) -> Publisher:
        return Publisher(store, self._served, self._keep, self._clock, self._say)

    def _run(self) -> None:
        with AfterWriting(self._served, self._say) as after:
            while not self._stop.is_set():
                with self._complaining(), self._store() as store:
                    self._follow(self._publisher(store), after)
                self._stop.wait(LOOK_SECONDS)

    def _follow(self, publisher: Publisher, after: AfterWriting) -> None:
        told = False  # what was written before this reporter came, which may have had no time for it
        while not self._stop.is_set():
            began = time.monotonic()
            with self._complaining():
                if publisher.look() or not told:
                    after.ask()
                    told = True
                self._complaints.well("list", "the list can be written out again")
            self._stop.wait(max(LOOK_SECONDS, min(time.monotonic() - began, REST_SECONDS)))

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        """Say what goes wrong, and go on: the list outlives it."""
        try:
            yield
        except TraplineError as error:
            self._complaints.failed("list", Event("blocklist not written", text=str(error)))
        except Exception as error:  # noqa: BLE001 - also a defect of ours; the trace says where
            self._complaints.failed("list", defect(error))
