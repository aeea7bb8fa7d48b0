"""The daemon's own number is the only one that gets its signals."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import until
from tests.servers.trapline_process import Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A process that waits, and ends when it is told to."""
    one = Daemon(["something"], tmp_path, tmp_path / "log")
    one.start(wrapped=lambda _: ["/bin/sleep", "60"])
    yield one
    one.kill()


def test_one_that_has_ended_keeps_its_number_until_it_is_stopped(daemon: Daemon) -> None:
    """Else whoever is given that number next, of all processes of a long run, is killed with its group."""
    number = daemon.pid
    os.kill(number, signal.SIGKILL)
    until("it to end", lambda: not daemon.running)
    assert Path(f"/proc/{number}").exists()
    daemon.signal(signal.SIGHUP)
    assert daemon.stop() == -signal.SIGKILL
    assert not Path(f"/proc/{number}").exists()


def test_killing_one_that_has_ended_ends_what_it_left_behind(tmp_path: Path) -> None:
    daemon = Daemon(["something"], tmp_path, tmp_path / "log")
    daemon.start(wrapped=lambda _: ["/bin/sh", "-c", "sleep 60 & echo $!"])
    daemon.wait_for_output("\n")
    child = Path(f"/proc/{daemon.output().strip()}")
    until("it to end", lambda: not daemon.running)
    assert child.exists()
    daemon.kill()
    assert not child.exists()
