"""What of a contact, a calendar entry or a shortcut is shown."""

import binascii

import pytest

from trapline.reporter.parsing.content_type import ContentType
from trapline.reporter.parsing.text_formats import as_shown

PLAIN = ContentType("text/plain", {})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("PHOTO;VALUE=URI:https://www.bank.com/anna.png", "a.vcf"),
        ("photo;encoding=b;type=jpeg:aHR0cDov\r\n L3d3dy5iYW5rLmNvbS8=", "a.vcf"),
        ("item1.LOGO:https\\://www.bank.com/lo\r\n go.png", "a.vcf"),
        ("KEY;TYPE=PGP:http://keys.bank.com/anna.asc", "a.vcf"),
        ("SOURCE:http://directory.bank.com/anna.vcf", "a.vcf"),
        ("PRODID:-//contacts//EN http://www.bank.com/", "a.vcf"),
        ("TZURL:http://www.bank.com/zones/Europe/Berlin", "a.ics"),
        ("IMAGE;VALUE=URI:https://www.bank.com/logo.png", "a.ics"),
        ("IconFile=https://www.bank.com/favicon.ico", "a.url"),
    ],
)
def test_what_names_a_file_and_shows_no_link_is_left_aside(line: str, name: str) -> None:
    text = f"NOTE:hi\r\n{line}\r\nURL:http://pills.com/x\r\n"
    assert as_shown(text, ContentType("application/octet-stream", {}), name).split() == [
        "NOTE:hi",
        "URL:http://pills.com/x",
    ]


def test_a_word_in_a_note_is_no_property() -> None:
    text = "NOTE:see\\nPHOTO:http://pills.com/x\nX-KEY:http://pills.com/y\n"
    shown = as_shown(text, ContentType("text/vcard", {}), "")
    assert shown == "NOTE:see\nPHOTO:http://pills.com/x\nX-KEY:http://pills.com/y\n"


@pytest.mark.parametrize("end", ["`\nend\n", " \nend \n", "end\n", ""])
def test_a_file_that_stands_encoded_in_the_text_is_no_text(end: str) -> None:
    lines = [binascii.b2a_uu(bytes(range(place, place + 45))).decode() for place in range(0, 180, 45)]
    noise = f"M0.COM/ C2.TG/{'A' * 47}\n"
    text = f"Hello\nbegin 644 a.jpg\n{''.join(lines)}{noise}{binascii.b2a_uu(b'abc').decode()}{end}http://pills.com/\n"
    assert as_shown(text, PLAIN, "") == "Hello\nhttp://pills.com/\n"
    assert as_shown(text.replace("\n", "\r\n"), PLAIN, "") == "Hello\r\nhttp://pills.com/\r\n"


def test_text_below_words_that_look_like_a_file_is_text() -> None:
    text = "Hello\nbegin 100 days of\nSALE AT\nWWW.PILLS.COM/\nend\n"
    assert as_shown(text, PLAIN, "") == text
