"""Waiting for libmilter at the start."""

from pathlib import Path

import pytest

from trapline.milter import signals


def test_where_no_proc_is_mounted_libmilter_is_given_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(signals, "_THREADS", tmp_path / "self" / "task")
    monkeypatch.setattr(signals, "_LIBMILTER_SECONDS", 0.01)
    signals.wait_for_libmilter()
