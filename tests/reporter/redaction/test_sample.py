import base64
import codecs
import email
import hashlib
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reporter.caught import CLIENT, MESSAGE, TRAP, an_envelope, trap
from tests.reporter.encodings import ENCODINGS, b64
from tests.reporter.samples import IS_OURS, LOCAL, PLACEHOLDER, a_mail, sample, shown_body, skipped
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.redaction.redaction import ours
from trapline.reporter.redaction.sample import Sample, prepare


def urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def body_of(text: str) -> str:
    return text.partition("\n\n")[2]


def test_our_received_line_on_top_says_where_it_came_from_and_not_to_whom() -> None:
    text = sample(MESSAGE, an_envelope(queue_id="4bXSECRET"))
    assert text.startswith(f"Received: from mail.pills-shop.com (unknown [{CLIENT}])\n\tby mx.redacted.invalid")
    assert "4bXSECRET" not in text


def test_what_needs_no_change_is_as_the_spammer_sent_it() -> None:
    text = sample(MESSAGE)
    for line in MESSAGE.decode().splitlines():
        assert line in text or line.startswith("To:")
    assert body_of(text) == body_of(MESSAGE.decode())


def test_the_fields_that_name_recipients_keep_placeholders_only() -> None:
    mail = a_mail()
    mail["Cc"] = '"Anna Berg" <anna@elsewhere.com>'
    mail["X-Original-To"] = TRAP.upper()
    text = sample(mail.as_bytes())
    assert "To: recipient-1@redacted.invalid\n" in text
    assert "Anna" not in text
    assert "anna@elsewhere" not in text
    assert "X-Original-To: recipient-1@redacted.invalid\n" in text


def test_received_lines_further_down_say_for_nobody() -> None:
    raw = (
        b"Received: from a by b\n\tfor <"
        + TRAP.encode()
        + b">; Sat\nReceived: by c for x@elsewhere.com; Fri\n"
        + MESSAGE
    )
    text = sample(raw)
    assert text.count("for <recipient@redacted.invalid>") == 2
    assert "elsewhere" not in text


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("written", [TRAP, TRAP.upper(), quote(TRAP), f"Dear {LOCAL}"], ids=lambda text: text[:5])
def test_the_address_is_taken_out_of_the_text_whatever_its_transfer_encoding(encoding: str, written: str) -> None:
    text = sample(a_mail(f"Hello {written}, grüße\n", cte=encoding if encoding != "7bit" else "8bit").as_bytes())
    (part,) = email.message_from_string(text).walk()
    shown = part.get_payload(decode=True)
    assert isinstance(shown, bytes)
    assert b"recipient-1" in shown
    assert LOCAL.encode() not in shown.lower()


@pytest.mark.parametrize(
    ("token", "instead"),
    [
        (b64(TRAP), b64(PLACEHOLDER)),
        (b64(f"??>>~~{TRAP}"), b64(f"??>>~~{PLACEHOLDER}")),
        (urlsafe(f"??>>~~{TRAP}"), urlsafe(f"??>>~~{PLACEHOLDER}")),
        (base64.b32encode(TRAP.encode()).decode(), base64.b32encode(PLACEHOLDER.encode()).decode()),
        (TRAP.encode().hex(), PLACEHOLDER.encode().hex()),
        (TRAP[::-1], PLACEHOLDER[::-1]),
        (codecs.encode(TRAP, "rot13"), codecs.encode(PLACEHOLDER, "rot13")),
        (hashlib.sha512(TRAP.upper().encode()).hexdigest(), hashlib.sha512(PLACEHOLDER.encode()).hexdigest()),
        (hashlib.sha512(TRAP.encode()).hexdigest(), hashlib.sha512(PLACEHOLDER.encode()).hexdigest()),
        (hashlib.sha256(LOCAL.encode()).hexdigest().upper(), hashlib.sha256(b"recipient-1").hexdigest().upper()),
        (b64(b64(TRAP)), b64(b64(PLACEHOLDER))),
    ],
    ids=[
        "base64",
        "with its signs",
        "url-safe",
        "base32",
        "hex",
        "reversed",
        "rot13",
        "sha512 of upper case",
        "sha512",
        "local part",
        "twice",
    ],
)
@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_an_encoding_of_the_address_becomes_the_same_encoding_of_the_placeholder(
    token: str, instead: str, encoding: str
) -> None:
    shown = shown_body(sample(a_mail(f"see http://pills-shop.com/?u={token}&x=1 now", cte=encoding).as_bytes()))
    assert shown.split() == ["see", f"http://pills-shop.com/?u={instead}&x=1", "now"]


def test_a_field_about_the_content_that_tells_the_trap_keeps_what_it_takes_to_read_it() -> None:
    told = f'name*0="{TRAP[:9]}"; name*1="{TRAP[9:]}"'
    named = told.replace("name", "filename")
    message = (
        f"From: a@pills.com\nContent-Type: multipart/mixed; boundary=B; {told}\n\n"
        f"--B\nContent-Type: text/html; charset=utf-8; {told}\nContent-Disposition: inline; {named}\n\n<b>Hi\n"
        f"--B\nContent-Type: text/plain; charset='x y'; {told}\n\nHi\n--B--\n"
    )
    text = sample(message.encode())
    assert text.endswith(
        'Content-Type: multipart/mixed; boundary="B"\n\n'
        "--B\nContent-Type: text/html; charset=utf-8\n\n<b>Hi\n--B\nContent-Type: text/plain\n\nHi\n--B--\n"
    )


def test_there_is_no_sample_of_a_message_with_too_many_of_our_addresses() -> None:
    body = " ".join(f"user{number}@trap-mx.com" for number in range(300))
    assert skipped(a_mail(body).as_bytes()).startswith("no sample: too many addresses of ours in the message")


def test_there_is_no_sample_where_an_address_is_left_in_spite_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """No message is known of which that is true, so nothing is taken out of this one."""
    monkeypatch.setattr("trapline.reporter.redaction.sample._redacted", lambda part, *_: part)
    assert skipped(a_mail(f"Dear {TRAP}").as_bytes()) == (
        "no sample: an address of ours could not be taken out of the message"
    )


@pytest.mark.parametrize(
    ("link", "left"),
    [
        (f"http://pills-shop.com/go?a=1&u=q{b64(TRAP)}&z=9", "http://pills-shop.com/go?a=1&u="),
        (f"http://pills-shop.com/u/{'0' + hashlib.md5(TRAP.encode(), usedforsecurity=False).hexdigest()}/z",
         "http://pills-shop.com/u/"),
        (f"http://pills-shop.com/?a={LOCAL[:4]}&b={LOCAL[4:]}", "http://pills-shop.com/?"),
        (f"http://{LOCAL.replace('.', '%252E')}.pills-shop.com/", "[redacted]"),
    ],
)  # fmt: skip
def test_a_link_whose_token_tells_the_trap_is_cut_to_the_part_before_it(link: str, left: str) -> None:
    shown = shown_body(sample(a_mail(f'<a href="{link}">see</a> now').as_bytes()))
    assert shown.strip().startswith(f'<a href="{left}')
    assert shown.strip().endswith('">see</a> now')
    assert len(shown.strip()) <= len(f'<a href="{left}a=">see</a> now')


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=25)
@given(
    local=st.from_regex(r"[a-z][a-z0-9]{2,6}[._+-]?[a-z0-9]{3,8}", fullmatch=True),
    domain=st.from_regex(r"[a-z]{2,8}-[a-z0-9]{3,8}\.(com|net|co\.uk)", fullmatch=True),
    alone=st.booleans(),
    place=st.sampled_from(["http://pills-shop.com/?u={}&x=1", "<http://p.com/u/{}/x>", "Dear {}, hello", "t:{}", "{}"]),
)
def test_of_any_address_in_any_encoding_nothing_is_left(
    name: str, local: str, domain: str, alone: bool, place: str
) -> None:
    whole = f"{local}@{domain}"
    token = ENCODINGS[name](local if alone and not name.startswith("VERP") else whole)
    envelope = an_envelope(recipients=(trap(whole),), helo="a.b")
    mail = a_mail(place.format(token))
    mail.replace_header("To", whole)
    mail["X-Token"] = token if len(token) < 60 else "none"
    mail["List-Unsubscribe"] = f"<http://pills-shop.com/u?{token}>"
    prepared = prepare(mail.as_bytes(), envelope, ours(lambda one: one == whole, frozenset()))
    assert isinstance(prepared, Sample), prepared
    parsed = email.message_from_string(prepared.text)
    for text in (prepared.text, shown_body(prepared.text), *(str(value) for value in parsed.values())):
        assert token.lower() not in text.lower()
        assert local not in text.lower()


def test_a_token_in_a_text_that_is_wrongly_encoded_is_taken_out_too() -> None:
    digest = hashlib.sha256(TRAP.encode()).hexdigest()
    raw = f"Content-Transfer-Encoding: quoted-printable\n\nsee http://pills-shop.com/?t={digest} now\n"
    text = sample(raw.encode())
    assert digest not in text
    assert text.endswith(" now\n")


def test_a_subject_that_hides_the_address_names_the_placeholder() -> None:
    for_trap, for_placeholder = b64(f"Dear {TRAP}"), b64(f"Dear {PLACEHOLDER}")
    assert for_placeholder.rstrip("=") in sample(f"Subject: =?utf-8?B?{for_trap}?=\n\nHi\n".encode())
    quoted = f"Dear_{''.join(f'={ord(letter):02X}' for letter in TRAP)}"
    assert "Subject: [redacted]\n" in sample(f"Subject: =?utf-8?Q?{quoted}?=\n\nHi\n".encode())


def test_other_traps_and_people_of_ours_in_the_message_are_taken_out_too() -> None:
    assert "boss@" not in sample(a_mail("ask boss@trap-mx.com").as_bytes())


def test_every_recipient_is_taken_out() -> None:
    second = trap("another.bait@trap-mx.com", "second")
    text = sample(a_mail("to another.bait@trap-mx.com").as_bytes(), an_envelope(recipients=(trap(), second)))
    assert "recipient-2@redacted.invalid" in text


def test_a_helo_that_names_the_trap_is_not_repeated() -> None:
    assert LOCAL not in sample(MESSAGE, an_envelope(helo=f"{LOCAL}.pills-shop.com"))


def test_what_nobody_can_look_into_is_named_and_not_sent() -> None:
    mail = a_mail()
    mail.add_attachment(b"PK\x03\x04 secret", maintype="application", subtype="zip", filename="bill.zip")
    text = sample(mail.as_bytes())
    assert '[left out by the reporter: "bill.zip", application/zip, 11 bytes, SHA-256 ' in text
    assert "Buy pills" in text


def test_a_name_of_an_attachment_that_holds_the_address_is_redacted() -> None:
    mail = a_mail()
    mail.add_attachment(b"x", maintype="application", subtype="zip", filename=f"{TRAP}.zip")
    assert '"recipient-1@redacted.invalid.zip"' in sample(mail.as_bytes())


def test_a_message_that_was_refused_before_its_text_has_no_sample() -> None:
    assert "no sample" in skipped(b"", an_envelope(bodiless=True))


def test_a_sample_says_what_dkim_said_before_it_was_changed() -> None:
    assert "X-Sample-DKIM: not checked before" in sample(MESSAGE)
    auth = Authentication(dkim="pass", dkim_domains=("pills-shop.com",))
    prepared = prepare(MESSAGE, an_envelope(), IS_OURS, auth=auth)
    assert isinstance(prepared, Sample)
    assert "X-Sample-DKIM: pass (pills-shop.com) before it was redacted\n" in prepared.text


def test_our_hosts_and_queue_ids_in_earlier_trace_fields_are_taken_out_and_the_client_stays() -> None:
    raw = (
        b"Received: from pills (unknown [11.0.0.66])\n\tby mx2.trap-mx.com (Postfix) with ESMTP id 4bXSECRET00\n"
        b"\tfor <x@y.com>; Sat\n"
        b"Received: from pills (x [11.0.0.67]) by relay.elsewhere.com with SMTP id 77; Fri\n"
        b"Authentication-Results: mx2.trap-mx.com; dkim=pass header.d=pills-shop.com\n"
        b"Received-SPF: Pass (mx2.trap-mx.com: domain of x) receiver=mx2.trap-mx.com; client-ip=11.0.0.66\n"
        b"X-Spam-Checker-Version: SpamAssassin 4 on MX2.TRAP-MX.COM\n"
    ) + MESSAGE
    text = sample(raw, an_envelope(queue_id="4bXMINE00000"))
    assert "mx2" not in text.lower()
    assert "SECRET" not in text
    assert "Received: from pills (unknown [11.0.0.66])\n\tby mx.redacted.invalid (Postfix) with ESMTP id XXX" in text
    assert "from pills (x [11.0.0.67]) by relay.elsewhere.com with SMTP id 77; Fri" in text
    assert "Authentication-Results: mx.redacted.invalid; dkim=pass header.d=pills-shop.com" in text
    assert "receiver=mx.redacted.invalid; client-ip=11.0.0.66" in text


def test_what_is_too_short_for_a_queue_id_is_a_word_like_any_other() -> None:
    for queue_id, shown in (("Fo12E", "Fo12E"), ("Fo12E9", "XXXXXX")):
        assert f"X-Word: {shown}\n" in sample(
            f"X-Word: {queue_id}\n".encode() + MESSAGE, an_envelope(queue_id=queue_id)
        )


def test_a_received_line_that_names_no_receiver_stays_as_it_is() -> None:
    assert "Received: from a.com; Sat, 21 Nov 2026 08:00:00 +0000\n" in sample(
        b"Received: from a.com; Sat, 21 Nov 2026 08:00:00 +0000\n" + MESSAGE
    )


def test_the_queue_id_of_the_message_is_taken_out_wherever_a_header_names_it() -> None:
    text = sample(b"X-Filter-Id: <4bXMINE00000.A0>\n" + MESSAGE, an_envelope(queue_id="4bXMINE00000"))
    assert "X-Filter-Id: <XXXXXXXXXXXX.A0>\n" in text


def test_each_part_keeps_its_own_charset() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=B\n\n--B\n\n\xfc\n--B\n\n\xc3\xbc\n--B--\n"
    assert sample(raw).count("\n\nü\n") == 2


def test_a_forgotten_empty_line_is_put_in() -> None:
    assert email.message_from_string(sample(b"Subject: x\nno field")).get_payload() == "no field"


_PIECES = st.sampled_from(
    [
        *(TRAP, TRAP.upper(), quote(TRAP), LOCAL, base64.b64encode(TRAP.encode()).decode(), "x@y.com"),
        *("\n", "\n\n", "--B", "--B--", "ü", "=\n", "=3D", " ", "\0", "\xff", "To: ", "Subject: "),
        "Content-Type: multipart/mixed; boundary=B\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
    ]
)


@given(st.lists(_PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogateescape")))
def test_whatever_is_sent_there_is_a_sample_without_the_trap_or_none(raw: bytes) -> None:
    prepared = prepare(raw, an_envelope(), IS_OURS, room=2_000)
    if isinstance(prepared, Sample):
        assert len(json.dumps(prepared.text, ensure_ascii=False).encode()) - 2 <= 2_000
        assert LOCAL not in prepared.text.lower()
        for part in email.message_from_bytes(prepared.text.encode()).walk():
            shown = part.get_payload(decode=True)
            assert LOCAL.encode() not in (shown.lower() if isinstance(shown, bytes) else b"")


def test_an_address_that_is_divided_between_two_encoded_words_does_not_leave() -> None:
    local, domain = TRAP.split("@")
    halves = (f"Hello {local[:6]}".encode(), f"{local[6:]}@{domain}, you have won".encode())
    words = b"\n ".join(b"=?utf-8?b?" + base64.b64encode(half) + b"?=" for half in halves)
    text = sample(b"From: <n@pills-shop.com>\nSubject: " + words + b"\n\nBuy pills\n")
    assert "Subject: [redacted]" in text
    assert base64.b64encode(halves[0]).decode() not in text
