"""What a filter learns from: the message as others got it, without the trap and without a mark in its place."""

import base64
import codecs
import hashlib
import re
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reporter.caught import MESSAGE, TRAP, an_envelope, trap
from trapline.config.names import address
from trapline.reporter.learning.extract import extract
from trapline.reporter.redaction.redaction import ours
from trapline.spool.envelope import Envelope

LOCAL = TRAP.partition("@")[0]
IS_OURS = ours(lambda text: str(address(text)) == TRAP, frozenset({"trap-mx.com", "our-second.com"}))
MARKS = re.compile(rb"redacted|recipient-?\d*@|\[left out|\[cut by|undisclosed|X{6}", re.IGNORECASE)


def extracted(message: bytes, envelope: Envelope | None = None, max_bytes: int = 100_000) -> bytes:
    made = extract(message, envelope or an_envelope(), IS_OURS, max_bytes)
    assert isinstance(made, bytes), made
    assert LOCAL.encode() not in made.lower()
    assert b"trap-mx" not in made.lower()
    assert not MARKS.search(made), made
    return made


def test_a_message_that_names_nobody_in_its_text_is_as_it_was_but_for_its_recipient() -> None:
    assert extracted(MESSAGE) == MESSAGE.replace(f"To: {TRAP}\n".encode(), b"")


@pytest.mark.parametrize(
    "field",
    [
        f"To: {TRAP}",
        f"Cc: Anna <anna@trap-mx.com>,\n\t<{TRAP}>",
        f"Delivered-To: {TRAP}",
        f"X-Original-To: {TRAP}",
        f"Return-Path: <bounce+{LOCAL}=trap-mx.com@pills-shop.com>",
        f"List-Unsubscribe: <https://pills-shop.com/out?u={base64.b64encode(TRAP.encode()).decode()}>",
        f"X-Rcpt: {hashlib.sha256(TRAP.encode()).hexdigest()}",
        "Received: from x.com (y [11.0.0.9]) by mx.trap-mx.com (Postfix) with ESMTP id 4bXQ000001;\n\tSat",
        "Received: from x.com (y [11.0.0.9]) by inner.our-second.com with ESMTP; Sat",
        f"Message-ID: <1.{LOCAL}@trap-mx.com>",
        f"X-{LOCAL}: yes",
        "X-Spam-Status: Yes, score=12",
        "X-Spamd-Result: default: True [15.00 / 15.00]",
        "Authentication-Results: mx.trap-mx.com; spf=pass",
        'Trapline-Envelope: {"version": 1}',
    ],
)
def test_a_field_about_us_is_left_out_whole(field: str) -> None:
    made = extracted(field.encode() + b"\n" + MESSAGE)
    assert made == extracted(MESSAGE)


def test_of_a_received_line_of_others_only_the_recipient_goes() -> None:
    line = (
        f"Received: from a.com (b [11.0.0.9])\n\tby relay.pills-shop.com with ESMTP id 77 for <{TRAP}>; Sat, 21 Nov\n"
    )
    made = extracted(line.encode() + MESSAGE)
    assert b"by relay.pills-shop.com with ESMTP id 77 ; Sat, 21 Nov" in made


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (f"Subject: {TRAP}, cheap pills", b"Subject: , cheap pills"),
        ("Subject: Hidden Canary, cheap pills", b"Subject: , cheap pills"),
        (f"From: {TRAP} <news@pills-shop.com>", b"From:  <news@pills-shop.com>"),
    ],
)
def test_of_subject_and_sender_only_the_words_that_name_us_go(written: str, left: bytes) -> None:
    message = b"\n".join(line for line in MESSAGE.split(b"\n") if not line.startswith(written[:4].encode()))
    assert left in extracted(written.encode() + b"\n" + message)


def test_an_encoded_subject_is_still_one_without_the_trap() -> None:
    coded = "=?utf-8?b?" + base64.b64encode(f"Grüße an {TRAP}: billige Pillen".encode()).decode() + "?="
    made = extracted(MESSAGE.replace(b"Cheap pills", coded.encode()))
    (subject,) = [line for line in made.split(b"\n") if line.startswith(b"Subject:")]
    ((text, charset),) = decode_header(subject.decode()[9:])
    assert isinstance(text, bytes)
    assert text.decode(charset or "") == "Grüße an : billige Pillen"


@pytest.mark.parametrize(
    "disguise",
    [
        TRAP,
        TRAP.upper(),
        TRAP.replace("@", "%40"),
        TRAP.replace("@", " at "),
        TRAP.replace("@", "&#64;"),
        LOCAL,
        "Hidden Canary7",
        TRAP[::-1],
        codecs.encode(TRAP, "rot13"),
        base64.b64encode(TRAP.encode()).decode(),
        TRAP.encode().hex(),
        hashlib.sha256(TRAP.encode()).hexdigest(),
        "www.trap-mx.com",
        "anna@our-second.com",
    ],
)
@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64"])
def test_the_text_is_without_the_trap_in_every_disguise_and_whole_otherwise(disguise: str, encoding: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Cheap pills"
    mail.set_content(f"Dear {disguise} !\nBuy our cheap pills today.\n", cte=encoding)
    made = extracted(mail.as_bytes())
    text = message_from_bytes(made).get_payload(decode=True)
    assert isinstance(text, bytes)
    assert [word for word in text.split() if word != b"at"] == b"Dear ! Buy our cheap pills today.".split()


def test_a_link_is_kept_up_to_the_part_that_tells() -> None:
    made = extracted(MESSAGE.replace(b"/now", f"/now?u={base64.b64encode(TRAP.encode()).decode()}&x=1".encode()))
    assert b"http://landing-pills.com/now?" in made


def test_what_nobody_can_look_into_is_emptied_and_leaves_no_word() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Cheap pills"
    mail.set_content("See the file.\n")
    mail.add_attachment(TRAP.encode(), maintype="application", subtype="zip", filename=f"{LOCAL}.zip")
    made = extracted(mail.as_bytes())
    assert b"See the file." in made
    assert b"application/zip" in made
    assert b"UEsDB" not in made


def test_a_boundary_that_names_the_trap_is_another_one_as_programs_make_them() -> None:
    boundary = base64.b64encode(TRAP.encode()).decode().rstrip("=")
    text = (
        f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n--{boundary}\n\nfirst words\n'
        f"--{boundary}\n\nsecond words\n--{boundary}--\n"
    )
    made = extracted(b"Subject: Cheap pills\n" + text.encode())
    assert made.count(b"----=_Part_") == 4
    assert b"first words" in made
    assert b"second words" in made


def test_the_token_by_which_the_sender_knows_the_trap_goes_too() -> None:
    envelope = an_envelope(mail_from="bounce-8fe21c77@pills-shop.com")
    made = extracted(MESSAGE.replace(b"/now", b"/8fe21c77"), envelope)
    assert b"8fe21c77" not in made


def test_spamassassins_report_around_it_is_not_learned() -> None:
    wrapped = (
        b"X-Spam-Checker-Version: SpamAssassin 4.0.1\nX-Spam-Flag: YES\nSubject: *****SPAM***** Cheap\n"
        b'Content-Type: multipart/mixed; boundary="----------=_5F.77"\n\n------------=_5F.77\n\nSpam detection\n'
        b"------------=_5F.77\nContent-Type: message/rfc822; x-spam-type=original\n\n"
        + MESSAGE
        + b"\n------------=_5F.77--\n"
    )
    assert b"Spam detection" not in extracted(wrapped)
    assert b"Buy them at" in extracted(wrapped)


def test_a_larger_message_is_left() -> None:
    assert extract(MESSAGE, an_envelope(), IS_OURS, 100) == f"larger than learning.max_bytes ({len(MESSAGE)} bytes)"


def test_a_message_with_too_many_of_our_addresses_is_left() -> None:
    body = "".join(f"user{number}@trap-mx.com " for number in range(300))
    made = extract(MESSAGE + body.encode(), an_envelope(recipients=(trap(),)), IS_OURS, 100_000)
    assert made == "too many addresses of ours in the message to take them all out"


PIECES = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b" ",
        b"--x\n",
        b"--x--\n",
        b"=",
        b":",
        b"Subject: ",
        b"Received: by ",
        b"<b>",
        b"\xff",
        b"\x00",
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Type: message/rfc822\n",
        b"=?utf-8?q?",
        b"?=",
        b"http://x.com/?u=",
        TRAP.encode(),
        LOCAL.encode(),
        b"trap-mx.com",
        base64.b64encode(TRAP.encode()),
        TRAP.encode().hex().encode(),
    ]
)


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=40))
def test_whatever_the_bytes_are_nothing_of_the_trap_is_left_and_nothing_raises(pieces: list[bytes]) -> None:
    made = extract(b"".join(pieces), an_envelope(), IS_OURS, 100_000)
    assert isinstance(made, str) or (LOCAL.encode() not in made.lower() and not MARKS.search(made))
