"""Processes behind one socket: real forks."""

import logging
import os
import signal
import time
from pathlib import Path

import pytest

from tests.servers.processes import until
from trapline.milter.signals import Told, signals
from trapline.milter.workers import Workers

PATIENCE_SECONDS = 5.0


def serve(slow_start: float = 0.0) -> int:
    """A worker's job: to end when it is told to, which nobody tells it a second time."""
    time.sleep(slow_start)
    parent = os.getppid()
    with signals(parent) as told:
        end = time.monotonic() + PATIENCE_SECONDS
        while not told.stop and time.monotonic() < end:
            told.wait()
    return 0


def test_a_worker_that_is_told_to_stop_before_it_has_begun_stops() -> None:
    with signals() as told:
        started = time.monotonic()
        workers = Workers([lambda: serve(slow_start=0.5)])
        assert workers.run(told, lambda _reload: stop(told)) == 0
    assert time.monotonic() - started < PATIENCE_SECONDS


def test_workers_that_were_told_as_well_did_not_die(caplog: pytest.LogCaptureFixture) -> None:
    """Systemd sends SIGTERM to each process of a service."""
    others = children()  # servers of other tests
    with signals() as told, caplog.at_level(logging.INFO):
        workers = Workers([serve, serve])
        assert workers.run(told, lambda _reload: stop_all(told, children() - others)) == 0
    assert caplog.messages == []


def stop(told: Told) -> None:
    told.stop = True


def children() -> set[int]:
    """The processes that this one has started."""
    mine = os.getpid()
    return {int(child) for child in Path(f"/proc/{mine}/task/{mine}/children").read_text(encoding="ascii").split()}


def stop_all(told: Told, workers: set[int]) -> None:
    """As systemd does, with the parent last to notice."""
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    until("them to end", lambda: all(ended(worker) for worker in workers))
    told.stop = True


def ended(child: int) -> bool:
    """Whether only its exit code is left."""
    return Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(") ")[2].startswith("Z")
