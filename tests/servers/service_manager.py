"""A socket as systemd's, that keeps what a daemon tells it (sd_notify(3))."""

import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import until


class ServiceManager:
    """Listens while the `with` block runs."""

    def __init__(self, folder: Path, watchdog_seconds: float | None = None) -> None:
        self.path = folder / "notify"
        self.environ = {"NOTIFY_SOCKET": str(self.path)}  # for the daemon
        if watchdog_seconds is not None:
            self.environ["WATCHDOG_USEC"] = str(int(watchdog_seconds * 1_000_000))
        self._told: list[str] = []

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def told(self) -> list[str]:
        """All lines so far, but for times."""
        try:
            while True:
                lines = self._socket.recv(4096).decode().splitlines()
                self._told += [line for line in lines if not line.startswith("MONOTONIC_USEC=")]
        except BlockingIOError:
            return list(self._told)

    def forget(self) -> None:
        """What was told so far is not told again."""
        self.told()
        self._told.clear()

    def wait_for(self, line: str) -> None:
        """Wait until it is told `line`."""
        until(f"systemd to be told {line}", lambda: line in self.told())
