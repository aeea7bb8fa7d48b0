"""Which processor each process is kept on."""

import os
from pathlib import Path

import pytest

from trapline.milter import processors


def test_processes_are_spread_over_the_processors_that_we_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    assert set(processors.spread(len(allowed))) == allowed
    assert set(processors.spread(2 * len(allowed))) == allowed


def test_where_no_proc_is_mounted_the_first_of_them_is_used_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "Path", lambda _: Path("/nowhere/stat"))
    assert processors.spread(1) == (min(os.sched_getaffinity(0)),)
