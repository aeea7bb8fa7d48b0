"""What a daemon tells the systemd that started it: that it serves, that it still turns, what it is doing.

Datagrams of lines to the socket that NOTIFY_SOCKET names (sd_notify(3)). Where there is none (a shell, a test, another
init) nobody is told anything. Only the main process of a unit is believed (NotifyAccess=main), so children are silent.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

_log = logging.getLogger(__name__)

_PINGS = 4  # in the watchdog's time, so that one which is late costs nothing; systemd asks for two


class Manager:
    """The service manager, or nobody. Each method may be called as often as you like."""

    def __init__(self, environ: Mapping[str, str] | None = None, now: Callable[[], float] = time.monotonic) -> None:
        """`environ`: where systemd says how it is reached, and how long it waits for a sign of life."""
        given = os.environ if environ is None else environ
        self._address = _address(given.get("NOTIFY_SOCKET", ""))
        self._seconds = _watchdog_seconds(given)
        self._now = now
        self._pinged: float | None = None
        self._status = ""
        self._failed = False

    def ready(self) -> None:
        """It serves: at the end of its start, and of a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """It reads its files again; `ready` follows."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It comes to its end."""
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; told when it has changed. The text is ours alone, nobody else's words."""
        if text != self._status:
            self._status = text
            self._tell(f"STATUS={text}")

    def alive(self) -> None:
        """The main loop turns: from there, and from nowhere else."""
        if self._seconds is None:
            return
        now = self._now()
        if self._pinged is None or now - self._pinged >= self._seconds / _PINGS:
            self._pinged = now
            self._tell("WATCHDOG=1")

    def _tell(self, lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
                to.setblocking(False)
                to.sendto(lines.encode(), self._address)
        except OSError as error:
            if not self._failed:  # mail goes on; the watchdog will have its say
                _log.warning("systemd can't be told how we are (%s): it may start us again", error.strerror)
            self._failed = True
        else:
            self._failed = False


def _address(named: str) -> str | None:
    """The socket's address: a path, or `@` and a name for the abstract namespace; None where there is none."""
    if named.startswith("@"):
        return f"\0{named[1:]}"
    return named or None


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How long systemd waits for a sign of life of this very process; None where it does not."""
    microseconds, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not microseconds.isascii() or not microseconds.isdigit() or process not in {"", str(os.getpid())}:
        return None
    return int(microseconds) / 1_000_000 or None
