"""What is started by fork does as what is started by its entry point."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.processes import until
from tests.servers.starter import run_forked
from tests.servers.trapline_process import COMMAND, environment

CONFIG = b"[milter]\nworkers = %d\n"


@pytest.mark.parametrize(
    "arguments", [("--version",), ("nonsense",), ("config", "check"), ("config", "check", "--config", "bad.toml")]
)
def test_it_prints_the_same_and_ends_with_the_same_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "good.toml").write_bytes(CONFIG % 1)
    (tmp_path / "bad.toml").write_bytes(CONFIG % 0)
    monkeypatch.chdir(tmp_path)
    environ = environment({"TRAPLINE_CONFIG": "good.toml"})
    real = subprocess.run([COMMAND, *arguments], env=environ, capture_output=True, check=False, timeout=60)
    forked = run_forked([str(COMMAND), *arguments], environ, b"", timeout=60)
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)


def test_what_takes_too_long_is_killed(tmp_path: Path) -> None:
    waits = tmp_path / "pipe"
    os.mkfifo(waits)
    with pytest.raises(subprocess.TimeoutExpired):
        run_forked([str(COMMAND), "extract", str(waits)], environment(None), b"", timeout=1.0)


def test_it_has_the_umask_of_who_starts_it(tmp_path: Path) -> None:
    run_forked([str(COMMAND), "--version"], environment(None), b"", timeout=20.0)  # the starter itself has another
    read = tmp_path / "pipe"
    os.mkfifo(read)
    pipe = os.open(read, os.O_RDWR)  # waits for no reader
    before = os.umask(0o027)
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run_forked, [str(COMMAND), "extract", str(read)], environment(None), b"", timeout=20.0)
            (status,) = until("the command to read", lambda: statuses(read))
            os.close(pipe)
    finally:
        os.umask(before)
    assert "Umask:\t0027\n" in status


def statuses(read: Path) -> list[str]:
    """What the kernel knows of the other processes that have this file open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.name != str(os.getpid()) and any(one.readlink() == read for one in (process / "fd").iterdir()):
                found.append((process / "status").read_text(encoding="utf-8"))
    return found
