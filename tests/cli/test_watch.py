"""`trapline status --watch`: the same, again and again; in place on a terminal, one after the other elsewhere."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reporter.caught import LABEL, TRAP, Place, RealClock
from tests.servers.processes import until
from tests.servers.trapline_process import COMMAND, environment

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"  # the other screen (xterm)
CLEAR = (b"\x1b[2J", b"\x1b[3J", b"\x1bc")


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """A suite that runs in the background ignores SIGINT, and so would the programs that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path, clock=RealClock())
    (tmp_path / "trapline.toml").write_text(
        f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{tmp_path}/spool"\n'
        f'[traps]\nfiles = ["{tmp_path}/traps"]\nfallback = "{tmp_path}/fallback"\n',
        encoding="utf-8",
    )
    return place


def arguments(place: Place, *more: str) -> list[str]:
    return [str(COMMAND), "status", "--watch", "--every", "0.5", *more, "--config", f"{place.folder}/trapline.toml"]


class Screen:
    """A terminal with `status --watch` in it."""

    def __init__(self, terminal: int, process: "subprocess.Popen[bytes]") -> None:
        self._terminal = terminal
        self.process = process
        self.seen = b""

    def wait_for(self, text: str, times: int = 1) -> None:
        until(f"{text!r} on the terminal", lambda: self._read().count(text.encode()) >= times)

    def press(self, key: bytes) -> None:
        os.write(self._terminal, key)

    def end(self) -> int:
        until("the command to end", self._has_ended)
        self._read()
        return self.process.returncode

    def shows_keys(self) -> bool:
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def _has_ended(self) -> bool:
        self._read()
        return self.process.poll() is not None

    def _read(self) -> bytes:
        try:
            while chunk := os.read(self._terminal, 65_536):
                self.seen += chunk
        except OSError:  # nothing more just now, or nobody has the other end any more
            pass
        return self.seen


@contextmanager
def watching(place: Place, columns: int = 100, lines: int = 60) -> Iterator[Screen]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    os.set_blocking(ours, False)
    environ = {name: text for name, text in environment(None).items() if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        arguments(place),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ | {"TERM": "xterm"},
        start_new_session=True,
    )
    try:
        yield Screen(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def test_it_shows_what_comes_in_place_and_q_puts_the_terminal_back(place: Place) -> None:
    with watching(place) as screen:
        screen.wait_for("there is no store")
        assert not screen.shows_keys()
        place.catch()
        assert place.once(None) == 0
        screen.wait_for("The last messages")
        screen.wait_for(LABEL, times=2)
        screen.press(b"q")
        assert screen.end() == 0
        assert screen.shows_keys()
    assert screen.seen.count(ENTER) == screen.seen.count(LEAVE) == 1
    assert not any(code in screen.seen for code in CLEAR), "the screen is written over, never cleared: no flicker"
    assert TRAP.encode() not in screen.seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_q_does(place: Place, number: signal.Signals) -> None:
    with watching(place) as screen:
        screen.wait_for("there is no store")
        screen.process.send_signal(number)
        assert screen.end() == 0
        assert screen.shows_keys()
    assert screen.seen.count(LEAVE) == 1
    assert b"Traceback" not in screen.seen


def test_a_small_terminal_shows_the_beginning_and_says_that_there_is_more(place: Place) -> None:
    place.catch()
    place.once(None)
    with watching(place, columns=40, lines=12) as screen:
        screen.wait_for("more lines do not fit", times=2)
        screen.press(b"q")
        assert screen.end() == 0
    shown = screen.seen.decode().partition(ENTER.decode())[2].partition(LEAVE.decode())[0]
    frames = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", frame) for frame in shown.split("\x1b[H")]
    full = [frame.splitlines() for frame in frames if "trapline," in frame]
    assert len(full) >= 2
    assert all(len(frame) == 12 and max(map(len, frame)) <= 40 for frame in full)


def test_elsewhere_it_is_plain_text_time_after_time(place: Place) -> None:
    place.catch()
    place.once(None)
    with subprocess.Popen(arguments(place), stdout=subprocess.PIPE, env=environment(None), text=True) as process:
        assert process.stdout is not None
        heads = []
        for line in process.stdout:
            assert "\x1b" not in line
            if line.startswith("trapline, "):
                heads.append(line)
            if len(heads) == 2:
                process.send_signal(signal.SIGINT)
                break
        process.stdout.read()
        assert process.wait(20) == 0


def test_as_json_it_is_one_object_a_line(place: Place) -> None:
    with subprocess.Popen(arguments(place, "--json"), stdout=subprocess.PIPE, env=environment(None)) as process:
        assert process.stdout is not None
        found = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.terminate()
        assert process.wait(20) == 0
    assert [one["folders"][0]["name"] for one in found] == ["spool", "spool"]
