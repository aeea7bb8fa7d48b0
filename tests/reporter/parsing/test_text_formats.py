"""What of a contact, a calendar entry or a shortcut is shown."""

import pytest

from trapline.reporter.parsing.content_type import ContentType
from trapline.reporter.parsing.text_formats import as_shown


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
