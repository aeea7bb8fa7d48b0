"""Messages that come at the same moment are made safe together, each as if it were alone."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers.processes import files_to_open
from trapline.config import durable
from trapline.spool import group_commit
from trapline.spool.draft import Draft
from trapline.spool.maildir import Maildir, SpoolError

WAIT_SECONDS = 20


@pytest.fixture
def spool(tmp_path: Path) -> Maildir:
    maildir = Maildir(tmp_path / "spool")
    maildir.create()
    return maildir


@pytest.fixture
def senders() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The system calls that make messages safe, as they come."""
    seen: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen.append(f"fsync {target.parent.name if target.is_file() else target.name}")
        real_fsync(descriptor)

    def rename(source: str, target: str) -> None:
        seen.append(f"rename {Path(source).parent.name} {Path(target).parent.name}")
        real_rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    return seen


class Slow:
    """A disk whose next folder sync lasts until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._begun, self._go_on = threading.Event(), threading.Event()
        self._real = durable.sync_folder
        self.then: Callable[[Path], None] = self._real  #: what the folder syncs after it do
        monkeypatch.setattr(group_commit, durable.sync_folder.__name__, self._sync)

    def _sync(self, folder: Path) -> None:
        if self._begun.is_set():
            self.then(folder)
            return
        self._begun.set()
        assert self._go_on.wait(WAIT_SECONDS)
        self._real(folder)

    def wait_until_begun(self) -> None:
        assert self._begun.wait(WAIT_SECONDS)

    def go_on(self) -> None:
        self._go_on.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


def a_group(spool: Maildir, senders: ThreadPoolExecutor, slow: Slow, count: int) -> list["Future[Path]"]:
    """The first message is being made safe when `count` others come: they are a group."""
    deliveries = [senders.submit(spool.deliver, [b"first"])]
    slow.wait_until_begun()
    deliveries += [senders.submit(spool.deliver, [f"other {number}".encode()]) for number in range(count)]
    waits = spool._group_commit._waiting
    _until(lambda: len(waits) == count)
    slow.go_on()
    return deliveries


def _until(condition: Callable[[], bool]) -> None:
    over = threading.Event()
    for _ in range(WAIT_SECONDS * 200):
        if condition():
            return
        over.wait(0.005)
    raise AssertionError("it did not come to that")


def contents(spool: Maildir) -> list[bytes]:
    return sorted(path.read_bytes() for path in spool.new())


def test_a_message_is_synced_then_renamed_then_its_folder_synced(spool: Maildir, steps: list[str]) -> None:
    """The order is what a crash can't break; it is seen here at the system calls."""
    spool.deliver([b"x"])
    assert steps == ["fsync tmp", "rename tmp new", "fsync new"]


def test_messages_that_come_while_another_is_made_safe_share_the_wait_for_their_names(
    spool: Maildir, senders: ThreadPoolExecutor, slow: Slow, steps: list[str]
) -> None:
    deliveries = a_group(spool, senders, slow, 3)
    paths = [one.result(WAIT_SECONDS) for one in deliveries]
    alone = ["fsync tmp", "rename tmp new", "fsync new"]
    assert steps == [*alone, *["fsync tmp"] * 3, *["rename tmp new"] * 3, "fsync new"]
    assert sorted(paths) == list(spool.new())
    assert contents(spool) == [b"first", b"other 0", b"other 1", b"other 2"]


def test_each_of_many_threads_finds_its_own_message_safe(spool: Maildir, senders: ThreadPoolExecutor) -> None:
    sent = [f"message {number}".encode() for number in range(200)]
    paths = list(senders.map(lambda content: spool.deliver([content]), sent))
    assert [path.read_bytes() for path in paths] == sent
    assert list((spool.path / "tmp").iterdir()) == []


def test_a_message_that_fails_leaves_the_others_of_its_group_alone(
    spool: Maildir, senders: ThreadPoolExecutor, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = iter([False, True, False, False])
    real = Draft.sync

    def sync(draft: Draft) -> None:
        if next(failing):
            raise OSError(5, "Input/output error")
        real(draft)

    monkeypatch.setattr(Draft, "sync", sync)
    errors = [one.exception(WAIT_SECONDS) for one in a_group(spool, senders, slow, 3)]
    assert [str(error) for error in errors if error] == [f"{spool.path}: cannot store a message: Input/output error"]
    assert len(contents(spool)) == 3
    assert list((spool.path / "tmp").iterdir()) == []


def test_where_names_can_not_be_made_safe_the_whole_group_is_taken_back(
    spool: Maildir, senders: ThreadPoolExecutor, slow: Slow
) -> None:
    def fails(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    slow.then = fails
    errors = [one.exception(WAIT_SECONDS) for one in a_group(spool, senders, slow, 2)]
    assert [type(error) for error in errors] == [type(None), SpoolError, SpoolError]
    assert contents(spool) == [b"first"]


def test_a_defect_in_the_thread_that_leads_is_an_error_for_each_of_its_group_and_for_nobody_after_it(
    spool: Maildir, senders: ThreadPoolExecutor, slow: Slow
) -> None:
    def breaks(_folder: Path) -> None:
        raise MemoryError

    slow.then = breaks
    errors = [one.exception(WAIT_SECONDS) for one in a_group(spool, senders, slow, 2)]
    assert sorted(type(error).__name__ for error in errors) == ["MemoryError", "NoneType", "SpoolError"]
    assert contents(spool) == [b"first"]
    slow.then = lambda _folder: None
    assert spool.deliver([b"after it"]).read_bytes() == b"after it"


def test_nobody_is_told_that_his_message_is_safe_where_memory_is_short_for_telling_that_it_is_not(
    spool: Maildir, senders: ThreadPoolExecutor, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> NoReturn:
        raise MemoryError

    slow.then = breaks
    monkeypatch.setattr(Draft, "take_back", breaks)
    errors = [one.exception(WAIT_SECONDS) for one in a_group(spool, senders, slow, 2)]
    assert [type(error) for error in errors] == [type(None), MemoryError, MemoryError]


def test_a_message_whose_name_can_not_be_made_safe_is_taken_back(spool: Maildir) -> None:
    """Its sender is told to come again: if it stayed, the same message would count twice."""
    lowest = os.open("/dev/null", os.O_RDONLY)
    os.close(lowest)
    one = Draft(spool.path)
    one.write([b"x"])
    with files_to_open(lowest), pytest.raises(OSError, match="Too many open files"):
        spool.commit(one)
    one.discard()
    assert list(spool.new()) == []
    assert list((spool.path / "tmp").iterdir()) == []


def test_a_message_that_was_taken_before_its_name_was_made_safe_is_kept(
    spool: Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took it counts it; its sender must not come again."""

    def fails(_folder: Path) -> None:
        monkeypatch.undo()
        (path,) = spool.new()
        spool.take(path)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(group_commit, durable.sync_folder.__name__, fails)
    spool.deliver([b"x"])
    assert len(list(spool.cur())) == 1


def test_a_file_whose_closing_fails_is_closed_once(spool: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another message's by then (close(2): EIO, EDQUOT of a network's disk)."""
    closed: list[int] = []

    def fails(descriptor: int) -> None:
        closed.append(descriptor)
        raise OSError(5, "Input/output error")

    one = Draft(spool.path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "close", fails)
        with pytest.raises(OSError, match="Input/output error"):
            one.sync()
        one.discard()
    assert len(closed) == 1
    os.close(closed[0])
    assert list((spool.path / "tmp").iterdir()) == []


def test_a_file_whose_mode_can_not_be_set_is_closed_and_removed(
    spool: Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk that copies on write has no room for that either; each message would keep one file open."""

    def fails(_descriptor: int, _mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", fails)
    before = sorted(Path("/proc/self/fd").iterdir())
    with pytest.raises(SpoolError, match="No space left on device"):
        spool.deliver([b"x"])
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    assert list((spool.path / "tmp").iterdir()) == []
