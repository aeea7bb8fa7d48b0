import base64
import binascii
import codecs
import email
import gzip
import hashlib
import html
import json
import os
import re
import time
import unicodedata
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reporter.caught import CLIENT, MESSAGE, TRAP, an_envelope, trap
from tests.reporter.encodings import ENCODINGS, b64
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Skip
from trapline.reporter.portal import MAX_REQUEST_BYTES, request_body
from trapline.reporter.redaction import ours
from trapline.reporter.sample import ROOM_BYTES, Sample, prepare
from trapline.spool.envelope import Envelope

LOCAL = TRAP.partition("@")[0]

IS_OURS = ours(lambda text: text.lower() == TRAP, frozenset({"trap-mx.com"}))


def sample(message: bytes, envelope: Envelope | None = None) -> str:
    prepared = prepare(message, envelope or an_envelope(), IS_OURS)
    assert isinstance(prepared, Sample), prepared
    assert LOCAL not in prepared.text.lower()
    return prepared.text


def skipped(message: bytes, envelope: Envelope | None = None) -> str:
    prepared = prepare(message, envelope or an_envelope(), IS_OURS)
    assert isinstance(prepared, Skip), prepared
    return prepared.reason


def body_of(text: str) -> str:
    return text.partition("\n\n")[2]


def a_mail(text: str = "Buy pills", **more: object) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "news@pills-shop.com"
    mail["To"] = TRAP
    mail["Subject"] = "Pills"
    mail.set_content(text, **more)  # type: ignore[arg-type]
    return mail


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


PLACEHOLDER = "recipient-1@redacted.invalid"


@pytest.mark.parametrize(
    ("token", "instead"),
    [
        (b64(TRAP), b64(PLACEHOLDER)),
        (base64.b32encode(TRAP.encode()).decode(), base64.b32encode(PLACEHOLDER.encode()).decode()),
        (TRAP.encode().hex(), PLACEHOLDER.encode().hex()),
        (TRAP[::-1], PLACEHOLDER[::-1]),
        (codecs.encode(TRAP, "rot13"), codecs.encode(PLACEHOLDER, "rot13")),
        (hashlib.sha512(TRAP.upper().encode()).hexdigest(), hashlib.sha512(PLACEHOLDER.encode()).hexdigest()),
        (hashlib.sha512(TRAP.encode()).hexdigest(), hashlib.sha512(PLACEHOLDER.encode()).hexdigest()),
        (hashlib.sha256(LOCAL.encode()).hexdigest().upper(), hashlib.sha256(b"recipient-1").hexdigest().upper()),
        (b64(b64(TRAP)), b64(b64(PLACEHOLDER))),
    ],
    ids=["base64", "base32", "hex", "reversed", "rot13", "sha512 of upper case", "sha512", "local part", "twice"],
)
@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_an_encoding_of_the_address_becomes_the_same_encoding_of_the_placeholder(
    token: str, instead: str, encoding: str
) -> None:
    shown = shown_body(sample(a_mail(f"see http://pills-shop.com/?u={token}&x=1 now", cte=encoding).as_bytes()))
    assert shown.split() == ["see", f"http://pills-shop.com/?u={instead}&x=1", "now"]


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
@settings(max_examples=25, deadline=None)
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
    token = ENCODINGS[name](local if alone and name != "VERP" else whole)
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


def shown_body(text: str) -> str:
    shown = email.message_from_string(text).get_payload(decode=True)
    assert isinstance(shown, bytes)
    return shown.decode()


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be", "utf-7", "cp037", "iso-2022-jp"])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_text_in_a_charset_with_letters_of_its_own_is_redacted_in_it(charset: str, kind: str) -> None:
    head = f"Content-Type: text/{kind}; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    written = f"<p>Dear {TRAP}, grab it"
    text = sample(head.encode() + base64.encodebytes(written.encode(charset)))
    assert decoded(text, charset).lstrip("\ufeff") == f"<p>Dear {PLACEHOLDER}, grab it"


def test_utf7_hides_nothing() -> None:
    text = sample(b"Content-Type: text/plain; charset=utf-7\n\nDear " + TRAP.replace("@", "+AEA-").encode() + b", hi\n")
    assert decoded(text, "utf-7") == f"Dear {PLACEHOLDER}, hi\n"


def decoded(text: str, charset: str) -> str:
    shown = email.message_from_string(text).get_payload(decode=True)
    assert isinstance(shown, bytes)
    return shown.decode(charset)


NAME, DOMAIN = LOCAL, TRAP.partition("@")[2]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("html", "".join(f"&#x{ord(letter):x}" for letter in TRAP)),
        ("html", "&shy;".join(TRAP)),
        ("html", "<wbr>".join(TRAP)),
        ("html", f"<b>{NAME}</b><span>@</span>{DOMAIN}"),
        ("html", f"{NAME[:5]}<!-- x -->{NAME[5:]}@{DOMAIN}"),
        ("html", f"<script>a='{''.join(f'{chr(92)}x{ord(letter):02x}' for letter in TRAP)}'</script>"),
        ("html", f"<script>a='{''.join(f'{chr(92)}u{ord(letter):04x}' for letter in TRAP)}'</script>"),
        ("html", f"<script>String.fromCharCode({','.join(str(ord(letter)) for letter in TRAP)})</script>"),
        ("html", f"<style>a:before{{content:'{NAME.replace('.', chr(92) + '2e ')}{chr(92)}40 {DOMAIN}'}}</style>"),
        ("html", f'<a href="mailto:{TRAP.replace("-", "&#45;")}">x</a>'),
        ("html", f'<a href="http://p.com/" title="{NAME}">x</a>'),
        ("plain", "\u200b".join(TRAP)),
        ("plain", "\u00ad".join(TRAP)),
        ("plain", "".join(chr(ord(letter) + 0xFEE0) for letter in TRAP)),
        ("plain", f"{NAME} (at) {DOMAIN.replace('.', ' (dot) ')}"),
        ("plain", f"{NAME.replace('.', ' dot ')} at {DOMAIN.replace('.', ' dot ')}"),
        ("plain", f'"{NAME}"@{DOMAIN} and "{NAME.replace(".", chr(92) + ".")}"@{DOMAIN}'),
        ("plain", f"Dear {NAME.title()}, dear {NAME.replace('.', ' ')}, {NAME.replace('.', '_')}"),
        ("plain", f"Dear {NAME.replace('.', '')}"),
        ("plain", "Dear Hidden Canary,"),
        ("plain", f"{DOMAIN} Admin: mail.{DOMAIN.upper()} is full: http://p.com/{DOMAIN}/login?d%3D{DOMAIN}"),
        ("plain", f"see http://p.com/?d={b64(DOMAIN)}"),
        ("plain", f"ATTENDEE;CN=hidden canary7:MAILTO:{NAME[:7]}\n {NAME[7:]}@{DOMAIN}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_however_the_address_is_disguised_nothing_of_it_is_left(kind: str, written: str, encoding: str) -> None:
    text = sample(a_mail(f"Hi. {written} Bye.\n", subtype=kind, cte=encoding).as_bytes())
    shown = shown_body(text)
    assert shown.startswith("Hi.")
    plain = html.unescape(unicodedata.normalize("NFKC", shown)).lower()
    for one in (plain, re.sub(r"<[^>]*>", "", plain), re.sub(r"\s?[(]?dot[)]?\s?", ".", plain)):
        for told in (NAME, DOMAIN, "hidden canary", "hidden_canary", "hiddencanary"):
            assert told not in one


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: text/plain; name*0*=utf-8''{LOCAL[:4]}; name*1*={LOCAL[4:]}%40{DOMAIN}\n\nHi\n",
        f'Content-Type: text/plain; name="=?utf-8?b?{b64(TRAP)}?="\n\nHi\n',
        f"Content-Type: text/plain\nContent-ID: <{b64('q' + TRAP)}@x.com>\nContent-Description: {TRAP}\n\nHi\n",
        f"Content-Type: message/rfc822\n\nTo: {TRAP}\nSubject: =?utf-8?b?{b64(TRAP)}?=\n\nHello {TRAP}\n",
        f"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; {TRAP}\n",
        f"Content-Type: text/vcard\n\nBEGIN:VCARD\nEMAIL;TYPE=work:{TRAP}\nFN:Hidden Canary7\nEND:VCARD\n",
        f"Content-Type: text/calendar\n\nATTENDEE;CN=x:MAILTO:{LOCAL}@{DOMAIN[:6]}\n {DOMAIN[6:]}\n",
        f"Content-Type: image/svg+xml\n\n<svg><text>{TRAP}</text></svg>\n",
        f"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n{b64(chr(0) * 9 + TRAP)}\n",
        "Content-Type: text/plain\nContent-Encoding: gzip\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(gzip.compress(TRAP.encode())).decode(),
        "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(gzip.compress(TRAP.encode())).decode(),
        f"Content-Type: text/plain\n\nHi\nbegin 644 a.txt\n{binascii.b2a_uu(TRAP.encode()).decode()}`\nend\n",
        f"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\n{binascii.b2a_uu(TRAP.encode()).decode()}",
    ],
)  # fmt: skip
def test_a_part_tells_nothing_by_its_names_its_packing_or_what_is_attached(part: str) -> None:
    raw = f"Subject: x\nContent-Type: multipart/mixed; boundary=B\n\n{TRAP}\n--B\n{part}--B--\nfor {TRAP}\n"
    text = sample(raw.encode())
    for one in email.message_from_string(text).walk():
        names = (one.get_filename(), one.get_param("name"), *one.values())
        shown = b"" if one.is_multipart() else one.get_payload(decode=True)
        assert isinstance(shown, bytes)
        for told in (*map(str, names), shown.decode("latin-1"), binascii_decoded(shown), gunzipped(shown)):
            assert LOCAL not in told.lower()
            assert DOMAIN not in told.lower()


def binascii_decoded(shown: bytes) -> str:
    lines = (line for line in shown.splitlines() if not line.startswith((b"begin", b"end", b"[")))
    with suppress(binascii.Error):
        return b"".join(binascii.a2b_uu(line) for line in lines).decode("latin-1")
    return ""


def gunzipped(shown: bytes) -> str:
    with suppress(OSError, EOFError):
        return gzip.decompress(shown).decode("latin-1")
    return ""


@pytest.mark.parametrize("mark", [f"b-{TRAP}", f"b{b64(TRAP)}", "q" + b64(TRAP).rstrip("=")])
def test_a_boundary_that_names_the_trap_is_replaced_and_the_parts_stay_parts(mark: str) -> None:
    inner = f'Content-Type: multipart/alternative; boundary="{mark}i"\n\n--{mark}i\n\nBuy\n--{mark}i--\n'
    raw = f'Subject: x\nContent-Type: multipart/mixed; boundary="{mark}"\n\n--{mark}\n{inner}--{mark}--\n'
    parsed = email.message_from_string(sample(raw.encode()))
    assert [one.get_content_type() for one in parsed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain"
    ]  # fmt: skip
    assert [one.get_payload() for one in parsed.walk()][-1] == "Buy"


@pytest.mark.parametrize(
    "field",
    [
        f"DKIM-Signature: v=1; d=pills.com; i={TRAP}; z=To:{LOCAL}=40{DOMAIN}; b=AAA",
        f"Received: from a (x [11.2.3.4]) by mx1.{DOMAIN} (Postfix)\n\twith ESMTP id 4bXABCDEF\n\tfor <{TRAP}>; Sat",
        f"Received: from a by b (envelope-from <bounce+{LOCAL}={DOMAIN}@x.com>) for {TRAP}; Sat",
        f"X-Real-To: {TRAP}",
        f"X-Recipient: {LOCAL}",
        f"Authentication-Results: mx.{DOMAIN}; spf=pass smtp.mailfrom=b+{LOCAL}={DOMAIN}@x.com smtp.rcptto={TRAP}",
        f"ARC-Authentication-Results: i=1; mx.else.com; spf=pass smtp.rcpttodomain={DOMAIN}; dkim=none",
        f"X-Forefront-Antispam-Report: CIP:11.2.3.4;DIR:INB;RCPT:{TRAP}",
        "X-Google-Original-To: Hidden Canary7",
        f"Return-Path: <bounce-{LOCAL}={DOMAIN}@pills.com>",
        f"Errors-To: <prvs=1=bounces+{b64(TRAP).rstrip('=')}@pills.com>",
        f"List-Unsubscribe: <mailto:unsub-{LOCAL}={DOMAIN}@pills.com>, <http://p.com/u?e={quote(TRAP)}>",
        f"In-Reply-To: <123@mx1.{DOMAIN}>",
        f"X-{LOCAL.replace('.', '-')}: 1",
        f"X-A: {LOCAL[:4]}\n {LOCAL[4:]}@{DOMAIN}",
        f"X-S: =?utf-16?b?{base64.b64encode(f'Dear {TRAP}'.encode('utf-16')).decode()}?=",
    ],
)
def test_no_field_tells_the_trap_or_its_domain(field: str) -> None:
    text = sample(f"From: n@pills-shop.com\n{field}\nSubject: x\n\nHi\n".encode())
    shown = re.sub(r"[\s_-]", "", str(make_header(decode_header(text.replace("\n ", " ")))).lower())
    for told in (DOMAIN, "hidden.canary", "hiddencanary"):
        assert told.replace("-", "") not in shown
    assert "4bXABCDEF" not in text
    assert email.message_from_string(text)["Subject"] == "x"


def test_a_domain_in_its_own_letters_is_taken_out_too() -> None:
    envelope = an_envelope(recipients=(trap("hidden.canary7@bücher-mx.com"),))
    mail = a_mail("to hidden.canary7@bücher-mx.com or HIDDEN.CANARY7@xn--bcher-mx-65a.com at bücher-mx.com", cte="8bit")
    shown = shown_body(sample(mail.as_bytes(), envelope))
    assert shown.strip() == f"to {PLACEHOLDER} or {PLACEHOLDER} at redacted.invalid"


def test_a_providers_domain_is_everybodys_word() -> None:
    envelope = an_envelope(recipients=(trap("hidden.canary7@gmail.com"),))
    assert shown_body(sample(a_mail("sell on gmail.com").as_bytes(), envelope)).strip() == "sell on gmail.com"


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


def test_a_sample_says_what_was_done_and_that_the_end_is_missing() -> None:
    assert "X-Sample-Note: redacted: recipients' addresses were replaced" in sample(MESSAGE)
    assert "the end of the message is missing" in sample(MESSAGE, an_envelope(truncated=True))


def fits(text: str) -> bool:
    return len(request_body("t" * 64, "r" * 255, text)) <= MAX_REQUEST_BYTES


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


def test_the_queue_id_of_the_message_is_taken_out_wherever_a_header_names_it() -> None:
    text = sample(b"X-Filter-Id: <4bXMINE00000.A0>\n" + MESSAGE, an_envelope(queue_id="4bXMINE00000"))
    assert "X-Filter-Id: <XXXXXXXXXXXX.A0>\n" in text


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


def test_an_address_where_the_text_is_cut_is_not_left_in_half() -> None:
    coded = TRAP.encode().hex()
    for words in range(2_000, 3_000, 10):  # somewhere there the cut goes through it
        raw = b"Subject: x\n\n" + b"x " * words + coded.encode() + b" y" * 2_000
        prepared = prepare(raw, an_envelope(), IS_OURS, room=6_000)
        assert isinstance(prepared, Skip) or coded[:4] not in prepared.text


def test_bytes_that_are_no_utf8_are_shown_as_latin1_and_fit_although_they_grow() -> None:
    text = sample(b"Subject: Gr\xfc\xdfe\n\n" + b"\xfc" * 200_000)
    assert "Subject: Grüße" in text
    assert fits(text)


def test_each_part_keeps_its_own_charset() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=B\n\n--B\n\n\xfc\n--B\n\n\xc3\xbc\n--B--\n"
    assert sample(raw).count("\n\nü\n") == 2


def test_a_message_of_countless_parts_is_a_note_about_them() -> None:
    raw = b"Subject: x\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\nX: y\n\nz\n" * 60_000
    text = sample(raw)
    assert fits(text)
    assert "Subject: x" in text


def test_a_header_that_does_not_fit_by_itself_is_no_sample() -> None:
    assert "header alone is too large" in skipped(b"X: " + b"y" * 200_000 + b"\n\nHi\n")


def test_a_forgotten_empty_line_is_put_in() -> None:
    assert email.message_from_string(sample(b"Subject: x\nno field")).get_payload() == "no field"


def test_a_message_of_megabytes_takes_no_more_than_seconds() -> None:
    mail = a_mail("Buy pills\n" * 200_000)
    mail.add_attachment(os.urandom(9_000_000), maintype="application", subtype="pdf", filename="a.pdf")
    raw = mail.as_bytes()
    began = time.process_time()
    sample(raw)
    assert time.process_time() - began < 5


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


def test_room_is_left_for_the_longest_reason() -> None:
    assert len(request_body("t" * 64, "漢" * 255, "x" * ROOM_BYTES)) <= MAX_REQUEST_BYTES


def test_an_address_that_is_divided_between_two_encoded_words_does_not_leave() -> None:
    local, domain = TRAP.split("@")
    halves = (f"Hello {local[:6]}".encode(), f"{local[6:]}@{domain}, you have won".encode())
    words = b"\n ".join(b"=?utf-8?b?" + base64.b64encode(half) + b"?=" for half in halves)
    text = sample(b"From: <n@pills-shop.com>\nSubject: " + words + b"\n\nBuy pills\n")
    assert "Subject: [redacted]" in text
    assert base64.b64encode(halves[0]).decode() not in text
