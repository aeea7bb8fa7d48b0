"""Processes behind one socket: real forks."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import until
from trapline.milter.signals import Told, signals
from trapline.milter.workers import AGAIN_SECONDS, Workers

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


@pytest.fixture
def told() -> Iterator[Told]:
    with signals() as taken:
        yield taken


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


def test_a_worker_that_ends_by_a_defect_says_which(tmp_path: Path, told: Told) -> None:
    log = logging.FileHandler(tmp_path / "log")
    workers_log = logging.getLogger(Workers.__module__)
    workers_log.addHandler(log)
    try:
        others = children()
        Workers([defect]).run(told, lambda _reload: stop_when_ended(told, children() - others))
    finally:
        workers_log.removeHandler(log)
        log.close()
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "a worker ends by a defect: ZeroDivisionError" in said
    assert "in defect" in said


def test_where_no_worker_can_be_started_now_the_others_go_on_and_it_is_tried_again(
    told: Told, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    others, real = children(), os.fork
    failures = iter([False, True, True, False])

    def fork() -> int:
        if next(failures):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    def stop_once_both_are_there(_reload: bool) -> None:
        told.stop = len(children() - others) == 2

    monkeypatch.setattr(os, "fork", fork)
    assert Workers([serve, serve]).run(told, stop_once_both_are_there) == 0
    assert caplog.messages == ['failed why="can\'t start a worker: Resource temporarily unavailable", suppressed=0']


def test_a_worker_that_dies_at_its_start_is_replaced_once_a_second_at_most(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    """Else one that always does would fill the log, and keep a processor busy."""
    clock, turns, others = [0.0], 0, children()

    def turn(_reload: bool) -> None:
        nonlocal turns
        until("it to die", lambda: all(ended(worker) for worker in children() - others))
        turns += 1
        clock[0] += AGAIN_SECONDS / 2
        told.stop = turns == 4

    Workers([lambda: 1], lambda: clock[0]).run(told, turn)
    assert caplog.messages == ["a worker died (status 256) and is replaced"] * 2


def defect() -> int:
    """A job that is not done."""
    return 1 // 0


def stop_when_ended(told: Told, workers: set[int]) -> None:
    until("them to end", lambda: all(ended(worker) for worker in workers))
    told.stop = True


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
