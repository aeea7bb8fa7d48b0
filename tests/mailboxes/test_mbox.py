"""An mbox is parted where a message begins, and nothing in it is lost."""

import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.mailboxes.mbox import MAX_PIECE_BYTES, Part, parts

LIMIT = 1_000
LINE = b"From news@pills.com Sat Nov 21 11:00:00 2026\n"
ELEVEN = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def read(data: bytes, limit: int = LIMIT) -> list[Part]:
    return list(parts(io.BytesIO(data), limit))


def messages(data: bytes, limit: int = LIMIT) -> list[bytes]:
    return [part.message for part in read(data, limit)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_message_begins_at_a_line_with_sender_and_date_below_an_empty_one(end: bytes) -> None:
    box = (LINE + b"A: 1\n\none\n\n" + LINE + b"B: 2\n\ntwo\n\n").replace(b"\n", end)
    assert messages(box) == [b"A: 1\n\none\n".replace(b"\n", end), b"B: 2\n\ntwo\n".replace(b"\n", end)]


@pytest.mark.parametrize(
    "text",
    [
        b"A: 1\n\none\n\nFrom here on it is cheap.\n",
        b"A: 1\n\nhe wrote:\n" + LINE,
        b"A: 1\n\none\n\n>" + LINE,
        b"A: 1\n\none\n\n " + LINE,
        b"A: 1\n\none\n\nFrom Sat Nov 21 2026\n",
        b"A: 1\n\n" + b"x" * (MAX_PIECE_BYTES - 1) + b"\n" + LINE,
        b"A: 1\n\n" + b"x" * MAX_PIECE_BYTES + b"\n" + LINE,
        b"A: 1\n\n" + b"\n" * 3 + b"x" * MAX_PIECE_BYTES + LINE,
    ],
)
def test_what_only_looks_like_it_parts_nothing_and_stays_as_it_is(text: bytes) -> None:
    assert messages(LINE + text + b"\n" + LINE + b"B: 2\n", limit=200_000) == [text, b"B: 2\n"]


@pytest.mark.parametrize(
    ("line", "filed"),
    [
        ("From news@pills.com Sat Nov 21 11:00:00 2026", ELEVEN),
        ("From - Sat Nov 21 11:00:00 2026", ELEVEN),
        ("From  Sat Nov 21 11:00:00 2026", ELEVEN),
        ('From "a b"@pills.com  Sat Nov 21 11:00 2026', ELEVEN),
        ("From news@pills.com Sat Nov 21 12:00:00 2026 +0100", ELEVEN),
        ("From 17@xxx Sat Nov 21 06:00:00 -0500 2026", ELEVEN),
        ("From news@pills.com Sat Nov 21 11:00:00 CET 2026", ELEVEN),
        ("From news@pills.com Sat Nov  7 11:00:00 2026", datetime(2026, 11, 7, 11, 0, tzinfo=UTC)),
        ("From news@pills.com Sat Nov 31 11:00:00 2026", None),
        ("From news@pills.com Mon Jan  1 00:00:00 0001 +1400", None),
        ("From news@pills.com Fri Dec 31 23:59:59 9999 -1200", None),
    ],
)
def test_the_line_tells_when_it_was_filed(line: str, filed: datetime | None) -> None:
    first, second = read(LINE + b"A: 1\n\n" + line.encode() + b"\nB: 2\n")
    assert (first.filed, second.filed) == (ELEVEN, filed)


def test_the_first_line_is_no_part_of_a_message_whatever_it_says() -> None:
    assert read(b"From nobody\nA: 1\n") == [Part(b"A: 1\n", None)]


def test_a_long_message_is_cut_and_those_behind_it_are_read() -> None:
    long, exact = b"x" * 5_000 + b"\n", b"y" * (LIMIT - 1) + b"\n"
    one, two, three = messages(LINE + long + b"\n" + LINE + exact + b"\n" + LINE + b"B: 2\n")
    assert (len(one), two, three) == (LIMIT + 1, exact, b"B: 2\n")


def test_a_line_without_an_end_fills_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "box").open("w+b") as file:
        file.write(LINE)
        file.truncate(200_000_000)
        file.seek(0)
        tracemalloc.start()
        (part,) = parts(file, LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(part.message) == LIMIT + 1
    assert peak < 2_000_000


LINES = st.sampled_from(
    [b"\n", b"\r\n", LINE, b">" + LINE, b"From you\n", b"Subject: x\n", b"\r", b"\0\xff", b"x" * MAX_PIECE_BYTES]
)


@given(st.lists(LINES | st.binary(max_size=10).filter(lambda one: not one.startswith(b"From "))))
def test_nothing_is_lost_but_empty_lines_in_front_of_a_message(lines: list[bytes]) -> None:
    box = LINE + b"".join(lines)
    kept = [line for message in messages(box, limit=10_000_000) for line in said(message)]
    assert kept == said(box)


def said(text: bytes) -> list[bytes]:
    """Its lines, without empty ones and those that may part messages."""
    return [line for line in text.split(b"\n") if line.strip() and line != LINE.rstrip()]


@given(st.lists(st.lists(LINES.filter(lambda one: one != LINE)).map(b"".join), min_size=1))
def test_what_was_put_into_an_mbox_comes_out_of_it(texts: list[bytes]) -> None:
    whole = [text if text.endswith(b"\n") else text + b"\n" for text in texts]
    assert messages(b"".join(LINE + text + b"\n" for text in whole), limit=10_000_000) == whole
