"""The journal as a log: what is sent, and that nobody waits for a journal that is away or stuck."""

import logging
import os
import socket
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

import pytest
from logging_journald import JournaldTransport

from trapline.cli import journal, logs
from trapline.cli.journal import JournalHandler
from trapline.config.events import Dialogue, Event

PROBE = Event("probe", {"label": "web page, footer"}, dialogue=Dialogue(ip_address("9.8.7.66"), None, "4bX"))


class Journal:
    """A datagram socket that stands for the journal's, and a stream socket that stands for standard error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open()
        ours, theirs = socket.socketpair()
        self.stream: TextIO = theirs.makefile("w")
        self._theirs, self.text = theirs, ours
        self.handler = JournalHandler(self.stream, JournaldTransport(path, connected=False))

    def open(self) -> None:
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(str(self.path))
        self.datagrams.setblocking(False)

    def close(self) -> None:
        self.datagrams.close()
        self.path.unlink()

    def log(self, message: object, level: int = logging.INFO) -> None:
        self.handler.handle(logging.LogRecord("x", level, __file__, 1, message, None, None))

    def received(self) -> list[bytes]:
        entries = []
        while True:
            try:
                entries.append(self.datagrams.recv(1 << 16))
            except BlockingIOError:
                return entries

    def written(self) -> str:
        self.text.setblocking(False)
        try:
            return self.text.recv(1 << 20).decode()
        except BlockingIOError:
            return ""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Journal]:
    standing = Journal(tmp_path / "socket")
    yield standing
    for it in (
        standing.stream,
        standing._theirs,
        standing.text,
        standing.datagrams,
        standing.handler._transport.socket,
    ):
        it.close()


def test_an_event_is_its_line_and_its_fields(there: Journal) -> None:
    there.log(PROBE, logging.WARNING)
    (entry,) = there.received()
    assert entry.decode().splitlines() == [
        'MESSAGE=4bX: probe client=unknown[9.8.7.66], label="web page, footer"',
        "PRIORITY=4",
        "SYSLOG_IDENTIFIER=trapline",
        "SYSLOG_FACILITY=3",
        f"SYSLOG_PID={os.getpid()}",
        "TRAPLINE_EVENT=probe",
        "QUEUE_ID=4bX",
        "CLIENT_ADDRESS=9.8.7.66",
        "TRAP_LABEL=web page, footer",
    ]
    assert there.written() == ""


def test_a_plain_line_of_several_lines_or_odd_characters_is_one_entry_without_fields_of_its_own(there: Journal) -> None:
    there.log("one\nTRAPLINE_EVENT=trapped \udc80")
    (entry,) = there.received()
    text = b"one\nTRAPLINE_EVENT=trapped ?"
    assert entry.startswith(b"MESSAGE\n" + len(text).to_bytes(8, "little") + text + b"\nPRIORITY=6\n")


def test_while_the_socket_is_gone_events_come_as_text_and_that_is_said_once(there: Journal) -> None:
    there.close()
    there.log(PROBE)
    there.log(PROBE, logging.ERROR)
    why, *lines = there.written().splitlines()
    assert why.startswith("<4>the journal's socket takes nothing (No such file or directory)")
    assert [line[:10] for line in lines] == ["<6>4bX: pr", "<3>4bX: pr"]
    there.open()
    there.log(PROBE)
    assert len(there.received()) == 1
    assert there.written() == ""


def test_a_journal_that_is_stuck_is_waited_for_once_and_then_costs_no_time(there: Journal) -> None:
    start = time.monotonic()
    for _ in range(2000):
        there.log(PROBE)
    assert time.monotonic() - start < 100 * journal.PATIENCE_SECONDS  # of 2,000 times that
    taken, text = len(there.received()), there.written().splitlines()
    assert taken > 0
    assert "takes nothing" in text[0]
    assert taken + len(text) - 1 + there.handler._lost == 2000, "each is sent, written or counted; one line says why"


def test_what_neither_takes_is_counted_and_the_number_said_later(there: Journal) -> None:
    while not there.handler._lost:
        there.log(PROBE)
    lost = there.handler._lost
    there.received()
    there.log(PROBE)
    *_, entry, said = there.received()
    assert b"MESSAGE=4bX: probe" in entry
    assert f"MESSAGE={lost} lines were lost".encode() in said


def test_only_a_standard_error_that_journal_stream_names_is_the_journal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        status = os.fstat(stream.fileno())
        named = f"{status.st_dev}:{status.st_ino}"
        chosen = logs._handler({"JOURNAL_STREAM": named})
        assert isinstance(chosen, JournalHandler)
        chosen._transport.socket.close()
        for other in ({}, {"JOURNAL_STREAM": f"{status.st_dev}:1"}, {"JOURNAL_STREAM": "nonsense"}):
            assert not isinstance(logs._handler(other), JournalHandler)
