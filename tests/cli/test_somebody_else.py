"""A user who may not use what a command works with is told who may."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.processes import as_nobody
from tests.servers.trapline_process import COMMAND, Run, environment


@pytest.fixture
def folder() -> Iterator[Path]:
    """Others may pass through, and write nothing."""
    with TemporaryDirectory(prefix="trapline-closed-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o511)
        yield folder
        folder.chmod(0o700)


def as_somebody_else(config: Path, *arguments: str) -> Run:
    command = as_nobody([str(COMMAND), "--config", str(config), *arguments])
    done = subprocess.run(command, env=environment(None), capture_output=True, timeout=60, check=False, text=True)
    return Run(done.returncode, done.stdout, done.stderr)


def test_the_store_is_roots_and_the_reporters(folder: Path) -> None:
    config = a_file(folder / "trapline.toml", f'[store]\nurl = "sqlite:///{folder}/trapline.db"\n')
    done = as_somebody_else(config, "show", "0123456789abcdef")
    assert done.code == 78
    assert done.stderr == (
        f"trapline: store.url: no permission to write in {folder}. "
        "Run this as root or as the reporter's user, to whom it must belong\n"
    )


def test_a_secret_is_roots_and_a_daemons(folder: Path) -> None:
    token = a_file(folder / "token", "secret\n", 0o000)
    config = a_file(folder / "trapline.toml", f'[spamhaus]\ntoken_file = "{token}"\n')
    done = as_somebody_else(config, "config", "check")
    assert done.code == 78
    assert done.stderr.startswith(
        f"trapline: spamhaus.token: cannot read {token}: Permission denied: run this as root, or let a daemon's user "
    )


def a_file(path: Path, text: str, mode: int = 0o644) -> Path:
    """Made though its folder is closed."""
    path.parent.chmod(0o700)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    path.parent.chmod(0o511)
    return path
