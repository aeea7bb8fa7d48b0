"""A daemon of trapline's, kept running as its systemd unit keeps it: `Restart=on-failure`, and never after 78."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import until
from tests.servers.trapline_process import Daemon, Wrapper

RESTART_SECONDS = 0.3  # systemd's RestartSec, shorter: more happens in the same time
WRONG_CONFIGURATION = 78  # RestartPreventExitStatus


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the daemon is started in: more environment, and a command around its own."""

    environ: Mapping[str, str] = field(default_factory=dict)
    wrapped: Wrapper = list


class Service:
    """The daemon, kept running while the `with` block does. `works` says whether it does its work by now."""

    def __init__(self, daemon: Daemon, works: Callable[[], bool]) -> None:
        self.daemon = daemon
        self.kills = 0
        self.ended: list[int] = []  # exit codes: it ended by itself
        self._works = works
        self._around = Surroundings()
        self._busy = threading.Lock()  # one at a time starts and ends it
        self._leaving = threading.Event()
        self._watcher = threading.Thread(target=self._keep_running, daemon=True)

    def __enter__(self) -> Self:
        self._start()
        self._wait()
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._watcher.join()
        self.daemon.kill()

    def kill(self, down_seconds: float) -> None:
        """SIGKILL; after `down_seconds` it runs again."""
        with self._busy:
            self.daemon.kill()
            self.kills += 1
            time.sleep(down_seconds)
            self._start()

    def kill_worker(self, chance: random.Random) -> None:
        """SIGKILL to one of the processes that it has started."""
        with self._busy:
            workers = sorted(self.daemon.children())
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
                self.kills += 1

    def kill_main_process(self) -> None:
        """SIGKILL to it, and not to those that it has started. As systemd does, these are ended before it is started.

        Source: systemd.kill(5), KillMode=control-group.
        """
        with self._busy:
            workers = self.daemon.children()
            self.daemon.signal(signal.SIGKILL)
            self.kills += 1
            for worker in workers:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGTERM)
            until("the workers to end", lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
            self.daemon.stop()
            self._start()

    @contextmanager
    def suspended(self, told: signal.Signals | None) -> Iterator[None]:
        """It stands still while the block runs; then it goes on, but is `told` something before."""
        with self._busy:
            self.daemon.signal(signal.SIGSTOP, workers=True)
        try:
            yield
        finally:
            with self._busy:
                for number in (told, signal.SIGCONT):
                    if number is not None:
                        self.daemon.signal(number, workers=True)

    def move(self, around: Surroundings) -> None:
        """End it (SIGTERM) and start it in other surroundings."""
        with self._busy:
            self.daemon.stop()
            self._around = around
            self._start()
            self._wait()

    def kill_now_and_then(self, chance: random.Random, stop: threading.Event) -> None:
        """Kill it at random moments until `stop` is set: right after its start, in the midst of it, or at its work."""
        while not stop.is_set():
            before = chance.choice((0.0, chance.uniform(0, 0.3), None))
            if before is None:
                while not (self._works() or stop.wait(0.05)):  # on a slow machine it would never come to its work else
                    pass
                before = chance.uniform(0.3, 3)
            if not stop.wait(before):
                self.kill(chance.choice((0.0, chance.uniform(0, 1.0))))

    def _start(self) -> None:
        self.daemon.start(self._around.environ, self._around.wrapped)

    def _wait(self) -> None:
        """Until it works, or has ended at its start, which the watcher sees to."""
        until(f"{self.daemon.arguments[0]} to work", lambda: self._works() or not self.daemon.running)

    def _keep_running(self) -> None:
        while not self._leaving.wait(RESTART_SECONDS):
            with self._busy:
                if self.daemon.running or WRONG_CONFIGURATION in self.ended:
                    continue
                self.ended.append(self.daemon.stop())
                if self.ended[-1] != WRONG_CONFIGURATION:
                    self._start()
