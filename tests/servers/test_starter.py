"""What is started by fork does as what is started by its entry point."""

import os
import subprocess
from pathlib import Path

import pytest

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
