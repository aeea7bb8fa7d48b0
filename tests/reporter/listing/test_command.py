"""The command after a writing: bounded in time and output, never twice at once, and told of when it fails."""

import os
import threading
import time
from pathlib import Path

import pytest

from tests.servers.processes import until
from trapline.config.blocklist_files import Files, Served
from trapline.config.events import Event
from trapline.reporter.listing import after_writing
from trapline.reporter.listing.after_writing import AfterWriting
from trapline.reporter.listing.command import MAX_OUTPUT, CommandFailed, run


def shell(script: str, *more: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script, *more)


def test_a_command_gets_its_arguments_without_a_shell(tmp_path: Path) -> None:
    run(("/usr/bin/touch", str(tmp_path / "a b;$(c)")), 10)
    assert (tmp_path / "a b;$(c)").exists()


def test_a_command_that_fails_is_told_with_the_end_of_what_it_said() -> None:
    with pytest.raises(CommandFailed, match=r"^/bin/sh ended with 3: rndc: connect failed$"):
        run(shell("echo 'rndc: connect failed' >&2; exit 3"), 10)


def test_what_it_says_is_bounded() -> None:
    with pytest.raises(CommandFailed) as failed:
        run(shell("head -c 3000000 /dev/zero | tr '\\0' x; exit 1"), 10)
    assert len(str(failed.value)) < MAX_OUTPUT + 100


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(CommandFailed, match=r"cannot run /nowhere/rndc: No such file"):
        run(("/nowhere/rndc",), 10)


def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(CommandFailed, match=r"took longer than 0.5 s and was ended"):
        run(shell(f"sleep 600 & echo $! >{pid}; wait"), 0.5)
    child = int(pid.read_text())
    until("the child to be gone", lambda: not _runs(child))


def test_a_child_that_keeps_its_output_is_not_waited_for(tmp_path: Path) -> None:
    began = time.monotonic()
    run(shell("sleep 3 &"), 10)
    assert time.monotonic() - began < 2


def test_it_gets_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAPLINE_SPAMHAUS__TOKEN", "hush")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
    run(shell(f"env >{tmp_path / 'env'}"), 10)
    assert "hush" not in (tmp_path / "env").read_text()
    assert "CREDENTIALS" not in (tmp_path / "env").read_text()


def served(*command: str, seconds: float = 10.0) -> Served:
    return Served(files=Files(milter=None, command=command, command_seconds=seconds))


def test_it_never_runs_twice_at_once_and_once_for_all_that_was_asked_meanwhile(tmp_path: Path) -> None:
    log, go = tmp_path / "log", tmp_path / "go"
    script = f"echo begin >>{log}; while [ ! -e {go} ]; do sleep 0.01; done; echo end >>{log}"
    with AfterWriting(served(*shell(script)), print) as after:
        after.ask()
        until("the command to run", lambda: log.exists() and log.read_text())
        for _ in range(20):
            after.ask()
        go.touch()
        until("both to have run", lambda: log.read_text().count("end") == 2)
    assert log.read_text().split() == ["begin", "end", "begin", "end"]


def test_a_failure_is_told_once_while_it_lasts_and_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_writing, "RETRY_SECONDS", 0.01)
    log, go = tmp_path / "log", tmp_path / "go"
    said: list[Event] = []
    well = threading.Event()

    def say(event: Event) -> None:
        said.append(event)
        if event.name == "blocklist well":
            well.set()

    with AfterWriting(served(*shell(f"echo x >>{log}; test -e {go}")), say) as after:
        after.ask()
        until("it to fail some times", lambda: log.exists() and len(log.read_text()) > 6)
        go.touch()
        assert well.wait(10)
    assert [event.name for event in said] == ["blocklist command failed", "blocklist well"]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
