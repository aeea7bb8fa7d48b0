"""However a sender writes the trap into a message, its sample does not tell it: charsets, disguises, names, fields."""

import base64
import binascii
import codecs
import email
import gzip
import hashlib
import html
import re
import unicodedata
from contextlib import suppress
from email.header import decode_header, make_header
from urllib.parse import quote

import pytest

from tests.reporter.caught import TRAP, an_envelope, trap
from tests.reporter.encodings import b64
from tests.reporter.samples import LOCAL, PLACEHOLDER, a_mail, sample, shown_body


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be", "utf-7", "iso-2022-jp"])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_text_in_a_charset_with_letters_of_its_own_is_redacted_in_it(charset: str, kind: str) -> None:
    head = f"Content-Type: text/{kind}; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    written = f"<p>Dear {TRAP}, grab it"
    text = sample(head.encode() + base64.encodebytes(written.encode(charset)))
    assert decoded(text, charset).lstrip("\ufeff") == f"<p>Dear {PLACEHOLDER}, grab it"


@pytest.mark.parametrize("charset", ["cp037", "cp500", "rot13"])
def test_a_text_in_a_charset_that_mail_does_not_have_is_named_and_not_sent(charset: str) -> None:
    raw = codecs.encode(TRAP, "rot13").encode() if charset == "rot13" else TRAP.encode(charset)
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    assert "[left out by the reporter: " in sample(head.encode() + base64.encodebytes(raw))


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
    ("written", "left"),
    [
        ("+".join(f"String.fromCharCode({ord(letter)})" for letter in TRAP) + " ;", "[redacted] ;"),
        (
            "+".join(f"'{letter}'" if letter.isalnum() else f"String.fromCharCode({ord(letter)})" for letter in TRAP),
            "'[redacted]'+String.fromCharCode(64)+'[redacted]'",
        ),
        ("['hid','den.can','ary7','@','tr','ap-mx','.com'].join('')", "['[redacted]','@','[redacted]'].join('')"),
        (f"a = {list(TRAP)}; return a.join('')", "a = ['[redacted]', '@', '[redacted]']; return a.join('')"),
        (
            "[\n" + "".join(f'            "{letter}",\n' for letter in TRAP) + '].join("")',
            '[\n            "[redacted]",\n            "@",\n            "[redacted]",\n].join("")',
        ),
        ("'hidden.can'.concat('ary7', '@', 'tr', 'ap-mx.com')", "'[redacted]', '@', '[redacted]')"),
    ],
)
def test_the_pieces_of_which_a_script_makes_the_address_are_taken_out(written: str, left: str) -> None:
    body = f"<p>Hi. <script>{written}</script> Bye.\n"
    shown = shown_body(sample(a_mail(body, subtype="html", cte="8bit").as_bytes()))
    assert shown.strip() == f"<p>Hi. <script>{left}</script> Bye."


@pytest.mark.parametrize("marks", ["\u0336", "\u0301", "\u20dd", "\u0327\u0301"])
def test_an_address_with_marks_on_its_letters_is_taken_out(marks: str) -> None:
    written = "".join(letter + marks for letter in TRAP)
    shown = shown_body(sample(f"Content-Type: text/plain; charset=utf-8\n\nDear {written}, hi\n".encode()))
    assert shown == "Dear [redacted] hi\n"


def test_an_address_in_tag_letters_that_nobody_sees_is_taken_out() -> None:
    written = "".join(chr(0xE0000 + ord(letter)) for letter in TRAP)
    shown = shown_body(sample(f"Content-Type: text/plain; charset=utf-8\n\nDear {written} you\n".encode()))
    assert shown == "Dear [redacted] you\n"


@pytest.mark.parametrize(
    "sign", [*"\x01\x7f\u00ad\u115f\u180b\u200b\u200e\u2066\u206a\u3164\ufe00\ufe0f\uffa0\ufff9\U000e0061\U000e0100"]
)
def test_an_address_that_a_sign_splits_which_nobody_sees_is_taken_out(sign: str) -> None:
    written = f"{NAME[:4]}{sign}{NAME[4:]}@{DOMAIN[:3]}{sign}{DOMAIN[3:]}"
    shown = shown_body(sample(f"Content-Type: text/plain; charset=utf-8\n\nDear {written}, hi\n".encode()))
    assert shown == "Dear [redacted] hi\n"


@pytest.mark.parametrize("broken", [f"{NAME[:6]}= \n{NAME[6:]}@{DOMAIN}", f"{NAME}@{DOMAIN[:4]}=\t\r\n{DOMAIN[4:]}"])
def test_an_address_that_goes_on_behind_a_padded_line_break_is_taken_out(broken: str) -> None:
    head = "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert shown_body(sample(f"{head}Dear {broken}, hi\n".encode())).strip() == f"Dear {PLACEHOLDER}, hi"


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


@pytest.mark.parametrize(
    "written",
    [
        "hidden/canary7",
        "canary7, hidden",
        "http://hidden-canary7-trap-mx-com.pills.com/",
        "http://trap-mx-com.pills.com/",
    ],
)
@pytest.mark.parametrize("place", ["text", "subject"])
def test_a_name_with_other_signs_between_its_pieces_is_taken_out(place: str, written: str) -> None:
    text = sample(a_mail(f"for {written} alone").as_bytes() if place == "text" else subject(written))
    assert "canary7" not in text
    assert "trap-mx" not in text


def subject(written: str) -> bytes:
    return f"From: a@pills.com\nSubject: for {written} alone\n\nBuy\n".encode()


@pytest.mark.parametrize("written", ["anna@trap-mx.com", "www.trap-mx.com"])
def test_a_colleague_or_our_domain_in_an_encoded_word_is_taken_out(written: str) -> None:
    text = sample(f"From: a@pills.com\nSubject: =?utf-8?B?{b64(f'for {written}')}?=\n\nBuy\n".encode())
    assert written not in str(make_header(decode_header(str(email.message_from_string(text)["Subject"]))))


def test_a_helo_that_cannot_be_redacted_costs_its_name_and_not_the_sample() -> None:
    digest = base64.b64encode(hashlib.md5(TRAP.encode(), usedforsecurity=False).digest()).decode().rstrip("=")
    text = sample(a_mail().as_bytes(), an_envelope(helo=digest))
    assert text.startswith("Received: from unknown (unknown [11.0.0.66])")
    assert digest not in text


def test_base64_whose_name_stands_in_quotes_is_shown_redacted() -> None:
    head = b'Content-Type: text/html\nContent-Transfer-Encoding: "base64"\n\n'
    text = sample(head + base64.encodebytes(f"<p>Our pills are for everybody who is in pain, {TRAP}, grab it".encode()))
    shown = base64.b64decode(shown_body(text)).decode()
    assert shown == f"<p>Our pills are for everybody who is in pain, {PLACEHOLDER}, grab it"


def test_base64_that_programs_read_in_several_ways_is_shown_as_it_was_read() -> None:
    """Some pass over a `=` among the letters, and go on in the middle of four; others begin with four new ones."""
    written = base64.b64encode("".join(f"&#{ord(letter)};" for letter in TRAP).encode()).decode()
    head = b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
    body = email.message_from_string(sample(head + f"A=BCD{written}".encode())).get_payload(decode=True)
    assert isinstance(body, bytes)
    assert TRAP not in html.unescape(body.decode("latin-1"))
