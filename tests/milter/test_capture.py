from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.caught import an_envelope
from trapline.milter.capture import MAX_MESSAGE_BYTES, MEMORY_BYTES, Capture
from trapline.spool import block
from trapline.spool.maildir import Maildir, SpoolError

LINE = b"Buy now.\r\n"


@pytest.fixture
def spool(tmp_path: Path) -> Maildir:
    maildir = Maildir(tmp_path / "spool")
    maildir.create()
    return maildir


def a_capture(spool: Maildir) -> Capture:
    begun = Capture(spool, an_envelope(), "mx.trap-mx.com")
    begun.header("Subject", b" pills")
    return begun


def stored(spool: Maildir) -> list[Path]:
    return [path for folder in ("tmp", "new", "cur") for path in (spool.path / folder).iterdir()]


def test_a_small_message_is_stored_below_its_block_with_lf_line_ends(spool: Maildir) -> None:
    caught = a_capture(spool)
    caught.body(LINE)
    envelope, message = block.parse(caught.store().read_bytes())
    assert envelope == caught.envelope
    assert message == b"Subject: pills\n\nBuy now.\n"


def test_a_message_larger_than_the_memory_is_stored_whole(spool: Maildir) -> None:
    caught = a_capture(spool)
    lines = 3 * MEMORY_BYTES // len(LINE)
    for _ in range(3):
        assert caught.body(LINE * (lines // 3))
    message = block.parse(caught.store().read_bytes())[1]
    assert message == b"Subject: pills\n\n" + b"Buy now.\n" * (lines // 3 * 3)
    assert caught.size_bytes == len(message)


def test_a_message_over_the_bound_is_cut_there_and_its_envelope_says_so(spool: Maildir) -> None:
    caught = a_capture(spool)
    megabyte = b"x" * 1024 * 1024
    pieces = 0
    while caught.body(megabyte):
        pieces += 1
    envelope, message = block.parse(caught.store().read_bytes())
    assert envelope.truncated
    assert caught.envelope == envelope
    assert len(message) == caught.size_bytes == MAX_MESSAGE_BYTES
    assert message == (b"Subject: pills\n\n" + megabyte * (pieces + 1))[:MAX_MESSAGE_BYTES]


@pytest.mark.parametrize("size", [len(LINE), 2 * MEMORY_BYTES])
def test_a_message_that_is_given_up_leaves_nothing_behind(spool: Maildir, size: int) -> None:
    caught = a_capture(spool)
    caught.body(b"x" * size)
    caught.close()
    assert stored(spool) == []


def test_what_was_stored_stays_when_the_capture_is_closed(spool: Maildir) -> None:
    caught = a_capture(spool)
    path = caught.store()
    caught.close()
    assert stored(spool) == [path]


@pytest.mark.parametrize("size", [len(LINE), 2 * MEMORY_BYTES])
def test_a_message_is_stored_in_a_spool_whose_folders_were_removed(spool: Maildir, size: int) -> None:
    for folder in ("tmp", "new", "cur"):
        (spool.path / folder).rmdir()
    caught = a_capture(spool)
    caught.body(b"x" * size)
    assert caught.store().parent == spool.path / "new"
    assert (spool.path / "tmp").stat().st_mode & 0o7777 == 0o2770


def test_a_folder_that_is_removed_in_mid_message_is_there_for_the_next(spool: Maildir) -> None:
    caught = a_capture(spool)
    (spool.path / "new").rmdir()
    with pytest.raises(SpoolError, match="No such file"):
        caught.store()
    caught.close()
    assert stored(spool) == []
    path = a_capture(spool).store()
    assert stored(spool) == [path]


def test_a_spool_that_is_gone_is_an_error_that_names_it(spool: Maildir) -> None:
    for folder in ("tmp", "new", "cur", ""):
        (spool.path / folder).rmdir()
    spool.path.write_bytes(b"a file in its place")
    with pytest.raises(SpoolError, match=str(spool.path)):
        a_capture(spool).store()


def test_a_disk_that_fails_in_mid_message_is_an_error_at_its_end(spool: Maildir) -> None:
    caught = a_capture(spool)
    (spool.path / "tmp").rmdir()
    (spool.path / "tmp").touch()  # ENOTDIR, for root too
    assert not caught.body(b"x" * 2 * MEMORY_BYTES)
    with pytest.raises(SpoolError, match="cannot collect a message: Not a directory"):
        caught.store()


def test_a_disk_that_fails_for_a_begun_message_does_not_keep_its_session_from_an_answer(spool: Maildir) -> None:
    """A disk that turned read-only lets nobody remove what was begun; the sender is to hear 451 all the same."""
    caught = a_capture(spool)
    caught.body(b"x" * 2 * MEMORY_BYTES)
    (spool.path / "tmp").rename(spool.path / "gone")
    (spool.path / "tmp").touch()  # ENOTDIR, for root too
    with pytest.raises(SpoolError, match="cannot store a message: Not a directory"):
        caught.store()
    caught.close()


@given(text=st.text(alphabet="\r\nx", max_size=40), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_line_ends_are_the_same_however_the_body_is_cut_into_pieces(
    tmp_path_factory: pytest.TempPathFactory, text: str, cuts: list[int]
) -> None:
    maildir = Maildir(tmp_path_factory.mktemp("spool"))
    maildir.create()
    caught = Capture(maildir, an_envelope(), "mx.trap-mx.com")
    body, places = text.encode(), sorted({0, *cuts, len(text)})
    for start, end in pairwise(places):
        caught.body(body[start:end])
    assert block.parse(caught.store().read_bytes())[1] == b"\n" + body.replace(b"\r\n", b"\n")
