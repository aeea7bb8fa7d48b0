"""Sender and subject are shown whatever a sender wrote there."""

from hypothesis import given
from hypothesis import strategies as st

from trapline.mailboxes.scan import MAX_SHOWN, _shown


def test_encoded_words_are_read() -> None:
    message = b"From: =?utf-8?q?B=C3=BCcher?= <b@notes.com>\r\nSubject: =?utf-8?b?w7xiZXI=?=\r\n\ttwo\r\n\r\n"
    assert _shown(message) == ("Bücher <b@notes.com>", "über two")


def test_headers_in_utf_8_are_read_and_others_lose_what_is_not_ascii() -> None:
    assert _shown("From: Bücher <b@notes.com>\r\nSubject: Grüße 🎁\r\n\r\n".encode()) == (
        "Bücher <b@notes.com>",
        "Grüße 🎁",
    )
    assert _shown("Subject: Grüße =?utf-8?q?=C3=BCber?=\n\n".encode("latin-1"))[1].startswith("Gr")


def test_broken_ones_are_shown_as_they_stand() -> None:
    assert _shown(b"Subject: =?utf-8?b?x?= =?nonsense?q?=80?=\n\n")[1]


@given(st.binary(max_size=100), st.sampled_from([b"", b"=?utf-8?b?", b"=?utf-16?q?", b'"', b"(" * 1000]))
def test_any_bytes_are_shown(value: bytes, before: bytes) -> None:
    assert len(_shown(b"Subject: " + before + value + b"?=\n\n")[1]) <= MAX_SHOWN
