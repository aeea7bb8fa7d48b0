"""What a command prints, where the locale knows few signs or the output takes nothing."""

import os
import subprocess
from pathlib import Path
from typing import IO

import pytest

from tests.reporter.caught import TRAP, Place, RealClock, trap
from tests.servers.trapline_process import COMMAND, environment

LABEL = "Fußzeile, сайт"


def trapline(*arguments: str, stdout: IO[str] | int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, since Python chooses the encoding when it starts."""
    environ = environment({"PYTHONIOENCODING": "latin-1"})
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, env=environ, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=60)


@pytest.fixture
def config(tmp_path: Path) -> str:
    place = Place(tmp_path, clock=RealClock())
    place.catch(recipients=(trap(label=LABEL),))
    place.once(None)
    config = place.folder / "trapline.toml"
    config.write_text(
        f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{place.folder}/spool"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n',
        encoding="utf-8",
    )
    (place.folder / "traps").write_text(f"{TRAP} {LABEL}\n", encoding="utf-8")
    return str(config)


@pytest.mark.parametrize("command", ["status", "traps list"])
def test_signs_that_the_locale_has_not_are_question_marks(config: str, command: str) -> None:
    done = trapline("--config", config, *command.split())
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Fußzeile, ????".encode("latin-1") in done.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["status", "status --json", "config check", "--help"])
def test_an_output_that_takes_nothing_is_said_and_is_74(
    config: str, command: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("w") as full:
        done = trapline("--config", config, *command.split(), stdout=full)
    assert done.stderr == b"trapline: the output could not be written: No space left on device\n"
    assert done.returncode == 74


def test_a_reader_who_has_gone_is_no_error_to_tell_of(config: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = trapline("--config", config, "status", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
