"""The command that runs after the files of the local blocklist were written, `rndc reload` for instance."""

import threading
from types import TracebackType
from typing import Self

from trapline.config.blocklist_files import Served
from trapline.config.events import Event
from trapline.reporter.listing import command
from trapline.reporter.listing.complaints import Complaints, Say

RETRY_SECONDS = 30.0  #: after which a command that failed is tried again


class AfterWriting:
    """Runs the command when it was asked for: never twice at once, once for all that was asked meanwhile."""

    def __init__(self, served: Served, say: Say) -> None:
        self._command = served.files.command
        self._seconds = served.files.command_seconds
        self._complaints = Complaints(say)
        self._asked = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="blocklist-command", daemon=True)

    def once(self) -> bool:
        """Run it now. Whether it went well, which it does where there is none."""
        if not self._command:
            return True
        try:
            command.run(self._command, self._seconds)
        except command.CommandFailed as error:
            self._complaints.failed("command", Event("blocklist command failed", text=f"command: {error}"))
            return False
        self._complaints.well("command", f"{self._command[0]} runs again")
        return True

    def ask(self) -> None:
        """Have it run soon, in a thread of its own."""
        self._asked.set()
        if self._command and not self._thread.is_alive():
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """Wait for the one that is running."""
        self._ended.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while self._asked.wait() and not self._ended.is_set():
            self._asked.clear()
            if not self.once():
                self._ended.wait(RETRY_SECONDS)
                self._asked.set()
