"""Our own blocklist in force: its file is read again, on a thread of its own, when it has changed.

What is looked up is always a whole file: the new one takes the old one's place in one step, and the old one goes with
its last user. A file that can't be used leaves the old set in force, whose entries expire by themselves; where there is
no file nobody is listed, and mail flows.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from trapline.config.events import Event
from trapline.config.names import IpAddress
from trapline.config.settings import Settings
from trapline.config.zones import BLOCKLIST
from trapline.dnsbl import blockfile
from trapline.dnsbl.blockfile import Blockfile, BlockfileError
from trapline.dnsbl.findings import Listed
from trapline.milter.metrics import Metrics

CHECK_SECONDS = 2.0  #: how often the file is looked at
AGAIN_SECONDS = 60.0  #: after which one that could not be used is read again, and said again, though it has not changed
FIRST_SECONDS = 60.0  #: that a reporter which was started with us may take to write the first file
REMIND_SECONDS = 1800.0  #: after which the same trouble is said again

_log = logging.getLogger(__name__)

_NOT_THERE = "there is no such file: nobody is listed by it. Is trapline-reporter running, and may it write there?"

_NEVER = float("-inf")

_Stamp = tuple[int, ...] | None


def _log_event(event: Event) -> None:
    _log.log(event.level, event)


class Blocklist:
    """The file that the configuration names, as it was read last. `look` belongs to one thread, `listing` to all."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        say: Callable[[Event], None] = _log_event,
        now: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is read before `look`. A default file that is not there counts as not given.

        `say` gets what the operator is to hear; `pause` lets other threads have their turn.
        """
        blocklist = settings.blocklist
        self._path: Path | None = blocklist.files.milter if blocklist.enabled else None
        self._given = "milter" in blocklist.files.model_fields_set
        self._repeated_code = blocklist.repeated_code
        self._metrics = metrics
        self._tell = say
        self._now = now
        self._wall_clock = wall_clock
        self._pause = pause
        self._started_at = now()
        self._current: Blockfile | None = None
        self._stamp: _Stamp = None
        self.trouble: str | None = None  #: why the file can't be used now
        self._said: str | None = None  # of that, what the log has
        self._tried_at = self._said_at = _NEVER
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def listing(self, key: blockfile.Key, address: IpAddress | None) -> Listed | None:
        """What the file has of the client at `address`, which has the `key`."""
        current = self._current
        entry = None if current is None else current.find(key, self._wall_clock())
        if entry is None:
            return None
        codes = (entry.code, self._repeated_code) if entry.repeated else (entry.code,)
        return Listed(BLOCKLIST, str(address), tuple(f"127.0.0.{code}" for code in codes))

    @property
    def is_there(self) -> bool:
        """Whether there is a file, good or bad, or should be one."""
        return self._current is not None or self.trouble is not None

    @property
    def entries(self) -> int:
        """How many ranges are in force, expired ones among them."""
        return 0 if self._current is None else len(self._current)

    def look(self) -> None:
        """Read the file where it has changed."""
        if self._path is None:
            return
        stamp, now = _look_at(self._path), self._now()
        in_vain = self.trouble is not None and now - self._tried_at >= AGAIN_SECONDS
        if stamp != self._stamp or in_vain or self._tried_at == _NEVER:
            self._stamp, self._tried_at = stamp, now
            self._read(self._path)

    def start(self) -> None:
        """Look now, and on a thread from now on, in this process: after its forks."""
        self.look()
        if self._path is not None:
            self._thread = threading.Thread(target=self._run, name="blocklist", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(CHECK_SECONDS):
            self.look()

    def _read(self, path: Path) -> None:
        try:
            self._current = blockfile.read(path, self._pause)
        except FileNotFoundError:
            self._miss(path)
        except BlockfileError as error:
            self._fail(str(error))
        else:
            self._succeed()

    def _miss(self, path: Path) -> None:
        """There is no file: that is no trouble unless one was named, and worth a word only if none comes soon."""
        gone, self._current = self._current is not None, None
        self.trouble = f"{path}: {_NOT_THERE}" if self._given else None
        if self.trouble is not None and (gone or self._now() - self._started_at >= FIRST_SECONDS):
            self._fail(self.trouble)

    def _fail(self, why: str) -> None:
        """Tell the operator: once a minute at most, and the same again every half hour."""
        self.trouble = why
        self._metrics.error("blocklist")
        if self._now() - self._said_at >= (AGAIN_SECONDS if why != self._said else REMIND_SECONDS):
            self._said, self._said_at = why, self._now()
            self._tell(Event("blocklist error", {"entries": self.entries, "why": why}, level=logging.ERROR))

    def _succeed(self) -> None:
        self.trouble = None
        if self._said is not None:
            self._said = None
            self._tell(Event("blocklist back", {"entries": self.entries}, level=logging.WARNING))


def _look_at(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode
