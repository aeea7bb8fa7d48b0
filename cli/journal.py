"""The systemd journal as a handler of `logging`: an event's facts become fields, which `journalctl FIELD=value` finds.

The protocol is the library's (logging-journald; systemd.io/JOURNAL_NATIVE_PROTOCOL). libsystemd's own functions would
not do: without a journal they report success and drop the record, and they wait without end while it is stuck. Here
nobody's mail waits for a log: what the journal's socket does not take goes to standard error as text, and what that
does not take either is counted, and the count said later.
"""

import logging
import os
import select
import time
from collections.abc import Iterator
from typing import TextIO

from logging_journald import JournaldTransport

from trapline.config.events import Event

PATIENCE_SECONDS = 0.1  #: for a socket that is full, once: while it stays full nobody waits again
STEP_SECONDS = 0.005
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
DAEMON = 3  #: syslog's facility, as for the text of services (systemd.exec(5), SyslogFacility=)


class JournalFormatter(logging.Formatter):
    """Each line with its priority, which the journal reads (sd-daemon(3)), so that `journalctl -p warning` works."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text, its traceback too, with the priority before each line."""
        priority = f"<{PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(priority + line for line in super().format(record).splitlines())


class JournalHandler(logging.Handler):
    """Sends records to the journal's socket; as text to `stream`, which is the journal too, where that fails."""

    def __init__(self, stream: TextIO, transport: JournaldTransport | None = None) -> None:
        """`transport` is to send to the address each time: a connected one would be lost with the journal's restart."""
        super().__init__()
        self._stream = stream
        self._transport = JournaldTransport(connected=False) if transport is None else transport
        self._transport.socket.setblocking(False)
        self.setFormatter(logging.Formatter("%(message)s"))
        self._as_text = JournalFormatter("%(message)s")
        self._in_trouble = False
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One record. Never raises, and waits for PATIENCE_SECONDS at most."""
        try:
            try:
                self._send(record)
            except OSError as error:
                self._say_trouble(error)
                self._write(self._as_text.format(record))
            else:
                self._in_trouble = False
                self._say_lost()
        except Exception:  # noqa: BLE001  logging's contract: who logs is not to fail by it
            self.handleError(record)

    def _send(self, record: logging.LogRecord) -> None:
        """Raises OSError: the journal's socket is not there, or stays full."""
        pairs = tuple(_fields(record, self.format(record)))
        give_up = time.monotonic() + (0 if self._in_trouble else PATIENCE_SECONDS)
        while True:
            try:
                self._transport.send(pairs)
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    raise
                time.sleep(STEP_SECONDS)
            else:
                return

    def _say_trouble(self, error: OSError) -> None:
        """Say once, as long as it lasts, why there are no fields."""
        if not self._in_trouble:
            self._in_trouble = True
            why = error.strerror or type(error).__name__
            self._write(f"<4>the journal's socket takes nothing ({why}): events come as text, without their fields")

    def _say_lost(self) -> None:
        if self._lost:
            lost, self._lost = self._lost, 0
            self._transport.send(_with_priority(logging.WARNING, f"{lost} lines were lost: the journal took nothing"))

    def _write(self, text: str) -> None:
        """To the stream, if it takes something now: a journal that is stuck fills that, too."""
        poll = select.poll()
        poll.register(self._stream.fileno(), select.POLLOUT)
        if any(state & select.POLLOUT for _, state in poll.poll(0)):
            self._stream.write(text + "\n")
            self._stream.flush()
        else:
            self._lost += 1


def _fields(record: logging.LogRecord, message: str) -> Iterator[tuple[str, str]]:
    yield from _with_priority(record.levelno, message)
    if isinstance(record.msg, Event):
        yield from record.msg.fields()


def _with_priority(level: int, message: str) -> tuple[tuple[str, str], ...]:
    return (
        ("MESSAGE", message.encode("utf-8", "replace").decode()),  # a lone surrogate has no place in UTF-8
        ("PRIORITY", str(PRIORITIES.get(level, 6))),
        ("SYSLOG_IDENTIFIER", "trapline"),
        ("SYSLOG_FACILITY", str(DAEMON)),
        ("SYSLOG_PID", str(os.getpid())),
    )
