"""The spool's Maildir: safe when `deliver` returns, readable by any program, nothing half-written in new/."""

import mailbox
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trapline.spool import draft
from trapline.spool.maildir import Maildir, SpoolError


@pytest.fixture
def spool(tmp_path: Path) -> Maildir:
    maildir = Maildir(tmp_path / "spool")
    maildir.create()
    return maildir


def test_a_stored_message_is_read_by_pythons_mailbox(spool: Maildir) -> None:
    spool.deliver([b"Subject: pills\n", b"\nBuy now.\n"])
    (message,) = mailbox.Maildir(spool.path, create=False)
    assert message["Subject"] == "pills"
    assert message.get_payload() == "Buy now.\n"


def test_the_group_can_read_a_message_and_the_world_can_not(spool: Maildir) -> None:
    old = os.umask(0o077)
    try:
        path = spool.deliver([b"x"])
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o7777 == 0o2770


def test_messages_come_oldest_first(spool: Maildir) -> None:
    paths = [spool.deliver([b"x"]) for _ in range(5)]
    assert list(spool.new()) == paths


def test_what_is_stored_takes_no_memory_from_what_the_server_has_cached(spool: Maildir, tmp_path: Path) -> None:
    content = b"x" * 1_000_000
    if not _is_cached(_written(tmp_path / "as usual", content)) or _is_cached(_dropped(tmp_path / "as usual")):
        pytest.skip("this file system caches as it likes")
    assert not _is_cached(spool.deliver([content]))


def test_what_was_taken_stands_in_cur_and_no_more_in_new(spool: Maildir) -> None:
    taken = spool.take(spool.deliver([b"x"]))
    assert list(spool.new()) == []
    assert list(spool.cur()) == [taken]
    assert taken.name.endswith(":2,S")


def test_what_can_not_be_handled_is_kept_in_a_maildir_of_its_own(spool: Maildir) -> None:
    failed = spool.fail(spool.take(spool.deliver([b"x"])))
    assert failed.parent == spool.path / ".failed" / "new"
    assert failed.read_bytes() == b"x"


def test_a_message_keeps_its_name_wherever_it_is_moved_but_for_its_flags(spool: Maildir) -> None:
    message = spool.deliver([b"x"])
    taken = spool.take(message)
    assert spool.find(message.name) == spool.find(taken.name) == taken
    failed = spool.fail(taken)
    assert failed.name == message.name
    assert spool.find(message.name) is None
    assert spool.retry(failed) == message == spool.find(taken.name)


def test_what_was_moved_stays_moved_whenever_the_power_goes(spool: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is what a power cut can't break; it is seen here at the system calls."""
    synced: list[list[Path]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(list(Path(f"/proc/self/fd/{descriptor}").resolve().iterdir()))
        real(descriptor)

    message = spool.deliver([b"x"])
    monkeypatch.setattr(os, "fsync", fsync)
    taken = spool.take(message)
    failed = spool.fail(taken)
    assert synced == [[taken], [failed]]


def test_a_message_that_can_not_be_written_leaves_nothing_behind(spool: Maildir) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"half of it"
        raise OSError(28, "No space left on device")

    with pytest.raises(SpoolError, match="No space left"):
        spool.deliver(breaks_off())
    assert list(spool.new()) == []
    assert list((spool.path / "tmp").iterdir()) == []


def test_the_last_room_of_a_disk_is_left_to_others(spool: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this disk all: so less than that is free."""
    monkeypatch.setattr(draft, "KEPT_FREE_BYTES", 1 << 60)
    monkeypatch.setattr(draft, "KEPT_FREE_SHARE", 1.0)
    with pytest.raises(SpoolError, match="No space left on device but what is kept"):
        spool.deliver([b"x"])
    assert list((spool.path / "tmp").iterdir()) == []
    monkeypatch.setattr(draft, "KEPT_FREE_SHARE", 0.0)
    assert spool.deliver([b"x"]).read_bytes() == b"x"


def test_what_the_system_takes_in_pieces_is_whole(spool: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does where a signal comes, or the disk is nearly full."""
    write = os.write
    monkeypatch.setattr(os, "writev", lambda file, pieces: write(file, b"".join(pieces)[:3]))
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    assert spool.deliver([b"Subject: ", b"pills\n\nBuy now.\n"]).read_bytes() == b"Subject: pills\n\nBuy now.\n"


def test_a_message_in_more_pieces_than_the_system_takes_at_once_is_whole(spool: Maildir) -> None:
    pieces = [b"%d\n" % number for number in range(3000)]
    message = spool.draft()
    message.write(pieces)
    assert spool.commit(message).read_bytes() == b"".join(pieces)


def test_a_beginning_that_the_system_takes_in_pieces_is_written_over_whole(
    spool: Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, place: pwrite(file, data[:2], place))
    message = spool.draft()
    message.write([b"Subject: ?????\n\nBuy now.\n"])
    message.rewrite_start(b"Subject: pills")
    assert spool.commit(message).read_bytes() == b"Subject: pills\n\nBuy now.\n"


def test_a_hosts_name_makes_no_folder_and_no_flags(spool: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "mx/1:2,S")
    message = spool.deliver([b"x"])
    assert message.name.endswith(r".mx\0571\0722,S")
    assert list(spool.new()) == [message]


def test_a_messages_file_is_named_by_its_identity(spool: Maildir) -> None:
    assert "T0123456789abcdef." in spool.deliver([b"x"], "0123456789abcdef").name
    assert spool.deliver([b"x"]).name != spool.deliver([b"x"]).name


def test_only_messages_and_only_those_that_came_before_are_old(spool: Maildir) -> None:
    message = spool.deliver([b"x"])
    (spool.path / "new" / ".hidden").write_bytes(b"x")
    (spool.path / "new" / "folder").mkdir()
    (spool.path / "new" / "link").symlink_to(message)
    came = message.stat().st_ctime
    assert list(spool.unchanged_since("new", came + 60)) == [message]
    assert list(spool.unchanged_since("new", came)) == []


def test_what_is_no_message_is_none_that_comes(spool: Maildir) -> None:
    message = spool.deliver([b"x"])
    (spool.path / "new" / ".hidden").write_bytes(b"x")
    (spool.path / "new" / "folder").mkdir()
    assert list(spool.new()) == [message]


def test_a_missing_spool_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="mode 2770"):
        Maildir(tmp_path / "absent" / "spool").create()
    with pytest.raises(SpoolError, match="cannot read the spool"):
        Maildir(tmp_path / "absent").new()


def test_messages_that_come_at_once_make_a_spool_again_that_was_removed(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def deliver(spool: Maildir) -> Path:
        together.wait(20)
        return spool.deliver([b"x"])

    with ThreadPoolExecutor(8) as senders:
        for number in range(30):
            spool = Maildir(tmp_path / str(number))
            assert len(set(senders.map(deliver, [spool] * 8))) == len(list(spool.new())) == 8


def test_it_knows_its_own_messages(spool: Maildir, tmp_path: Path) -> None:
    mine = spool.deliver([b"x"])
    other = tmp_path / "other.eml"
    other.write_bytes(b"x")
    assert spool.holds(mine)
    assert spool.holds(spool.fail(mine))
    assert not spool.holds(other)


def _written(path: Path, content: bytes) -> Path:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path


def _dropped(path: Path) -> Path:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path


def _is_cached(path: Path) -> bool:
    """Whether the file's beginning can be had without the disk (preadv2(2), RWF_NOWAIT)."""
    with path.open("rb") as file:
        try:
            return os.preadv(file.fileno(), [bytearray(4096)], 0, os.RWF_NOWAIT) > 0
        except BlockingIOError:
            return False
        except OSError:
            pytest.skip("this file system does not tell what is cached")
