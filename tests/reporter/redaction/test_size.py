"""Samples of messages that are too long, too deep or too many-parted to be sent whole."""

import base64
import email
import hashlib
import json
import os
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu_time import within
from tests.reporter.caught import MESSAGE, TRAP, an_envelope
from tests.reporter.samples import IS_OURS, a_mail, sample, skipped
from trapline.reporter.indicators import Skip
from trapline.reporter.redaction.sample import ROOM_BYTES, Sample, prepare
from trapline.reporter.submission.portal import MAX_REQUEST_BYTES, request_body


def test_a_sample_says_what_was_done_and_that_the_end_is_missing() -> None:
    assert "X-Sample-Note: redacted: recipients' addresses were replaced" in sample(MESSAGE)
    assert "the end of the message is missing" in sample(MESSAGE, an_envelope(truncated=True))


def fits(text: str) -> bool:
    return len(request_body("t" * 64, "r" * 255, text)) <= MAX_REQUEST_BYTES


def test_large_attachments_go_first_and_the_text_stays_whole() -> None:
    mail = a_mail("Buy pills\n" * 1_000)
    for number in range(3):
        picture = hashlib.sha256(bytes([number])).digest() * (1_250 * (number + 1))
        mail.add_attachment(picture, maintype="image", subtype="png", filename=f"{number}.png")
    text = sample(mail.as_bytes())
    assert fits(text)
    assert text.count("Buy pills") == 1_000
    assert '"2.png", image/png, 120000 bytes' in text
    assert '[left out by the reporter: "0.png"' not in text  # the smallest one fits


@pytest.mark.parametrize("letter", ["a", "ü", "漢", "💊", '"', "\\", "\x01"], ids=ascii)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_a_long_text_is_cut_at_a_character_and_says_so(letter: str, encoding: str) -> None:
    head = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    data = (letter * 400_000).encode()
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = b"".join(b"=%02X" % byte + (b"=\n" if place % 20 == 19 else b"") for place, byte in enumerate(data))
    text = sample(head + data)
    assert fits(text)
    assert len(json.dumps(text, ensure_ascii=False).encode()) > MAX_REQUEST_BYTES // 3
    shown = email.message_from_bytes(text.encode()).get_payload(decode=True)
    assert isinstance(shown, bytes)
    assert "cut by the reporter" in shown.decode("utf-8")
    assert shown.decode("utf-8").startswith(letter * 1_000)


@pytest.mark.parametrize(
    ("charset", "letters"),
    [
        *((charset, "\u7279\u4ef7\u6d3b\u52a8") for charset in ("gb18030", "hz", "utf-16")),
        *((charset, "\u7279\u5225\u63d0\u4f9b") for charset in ("shift_jis", "euc-jp", "iso-2022-jp", "big5")),
        ("euc-kr", "\ud2b9\ubcc4\ud560\uc778"),
    ],
)
def test_a_long_text_is_cut_at_a_character_of_its_own_charset(charset: str, letters: str) -> None:
    for before in range(1, 4):  # so that the cut goes through each byte of a character
        data = base64.encodebytes(("a" * before + letters * 60_000).encode(charset))
        head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
        shown = email.message_from_string(sample(head + data)).get_payload(decode=True)
        assert isinstance(shown, bytes)
        text, cut, _ = shown.decode(charset).partition("\n[cut by the reporter: the last ")
        assert cut
        assert text[before:].startswith(letters)


def test_an_address_where_the_text_is_cut_is_not_left_in_half() -> None:
    coded = TRAP.encode().hex()
    prepared = [
        prepare(b"Subject: x\n\n" + b"x " * words + coded.encode() + b" y" * 2_000, an_envelope(), IS_OURS, room=6_000)
        for words in range(2_000, 3_000, 10)  # somewhere there the cut goes through it
    ]
    texts = [one.text for one in prepared if not isinstance(one, Skip)]
    assert len(texts) > 50
    assert not any(coded[:4] in text for text in texts)


def test_bytes_that_are_no_utf8_are_shown_as_latin1_and_fit_although_they_grow() -> None:
    text = sample(b"Subject: Gr\xfc\xdfe\n\n" + b"\xfc" * 200_000)
    assert "Subject: Grüße" in text
    assert fits(text)


def test_a_message_of_countless_parts_is_a_note_about_them() -> None:
    raw = b"Subject: x\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\nX: y\n\nz\n" * 60_000
    text = sample(raw)
    assert fits(text)
    assert "Subject: x" in text


@pytest.mark.parametrize("filling", ["text/plain", "image/png"])
def test_of_too_many_small_parts_the_first_ones_are_kept(filling: str) -> None:
    part = f"--B\nContent-Type: {filling}\n\n{'pills and more ' * 100}\n".encode()
    first = (
        b"Content-Type: multipart/related; boundary=B\n\n--B\nContent-Type: text/html\n\n<a href=http://pills.com/>\n"
    )
    text = sample(first + part * 900 + b"--B--\n")
    assert fits(text)
    shown = email.message_from_string(text)
    parts = [one.get_payload() for one in shown.walk() if not one.is_multipart()]
    assert parts[0] == "<a href=http://pills.com/>"
    assert len(text) > MAX_REQUEST_BYTES // 2
    assert str(parts[-1]).startswith('[left out by the reporter: "", multipart/related, ')


def test_a_header_that_does_not_fit_by_itself_is_no_sample() -> None:
    assert "header alone is too large" in skipped(b"X: " + b"y" * 200_000 + b"\n\nHi\n")


def test_a_message_of_megabytes_takes_no_more_than_seconds() -> None:
    mail = a_mail("Buy pills\n" * 200_000)
    mail.add_attachment(os.urandom(9_000_000), maintype="application", subtype="pdf", filename="a.pdf")
    raw = mail.as_bytes()
    began = time.process_time()
    sample(raw)
    assert within(5, began)


def test_room_is_left_for_the_longest_reason() -> None:
    assert len(request_body("t" * 64, "漢" * 255, "x" * ROOM_BYTES)) <= MAX_REQUEST_BYTES


_LETTERS = st.text(alphabet="ab \nüß漢🙂é", min_size=1, max_size=40).map(lambda text: text * 60)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.tuples(_LETTERS, st.sampled_from(["8bit", "base64", "quoted-printable"])), min_size=1, max_size=4
    ),
    room=st.integers(4_000, 12_000),
)
def test_what_does_not_fit_is_cut_in_the_text_of_its_part_and_at_a_character(
    texts: list[tuple[str, str]], room: int
) -> None:
    mail = EmailMessage()
    mail["From"] = "news@pills-shop.com"
    mail.make_mixed()
    for text, encoding in texts:
        part = EmailMessage()
        part.set_content(text, cte=encoding)
        mail.attach(part)
    prepared = prepare(mail.as_bytes(), an_envelope(), IS_OURS, room=room)
    assert isinstance(prepared, Sample)
    assert len(json.dumps(prepared.text, ensure_ascii=False).encode()) - 2 <= room
    assert "\N{REPLACEMENT CHARACTER}" not in prepared.text
    parsed = email.message_from_bytes(prepared.text.encode())
    if not parsed.is_multipart():  # not even the parts' frame fits: then a note stands for all of them
        assert "left out by the reporter" in prepared.text
        return
    shown = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
    if "left out by the reporter" in str(parsed.get_payload(-1)):  # for the last ones there is no room
        shown, texts = shown[:-1], texts[: len(shown) - 1]
    assert len(shown) == len(texts)
    for (text, _), data in zip(texts, shown, strict=True):
        assert isinstance(data, bytes)
        kept, cut, _ = data.decode("utf-8").partition("\n[cut by the reporter")
        assert text.startswith(kept) if cut else kept.strip() == text.strip()
