"""What a message consists of, as `show` and `extract` print it."""

from trapline.cli.content import facts
from trapline.reporter.evidence.content import Content
from trapline.reporter.parsing.attachments import Attachment


def test_text_and_files_are_told_in_words() -> None:
    files = (Attachment("invoice\x1b.html", "text/html", 1_234, "ab12"), Attachment("", "image/png", 5, "cd34"))
    content = Content("pt", 420, 11_162, ("display:none", "font-size"), files, 60)
    assert list(facts(content.to_json())) == [
        ("text", "420 characters, language pt; 11,162 more are hidden (display:none, font-size)"),
        ("attached", "invoice?.html, text/html, 1,234 bytes, SHA-256 ab12"),
        ("attached", "without a name, image/png, 5 bytes, SHA-256 cd34"),
        ("attached", "58 further files"),
    ]


def test_of_an_older_message_nothing_is_told() -> None:
    assert list(facts(None)) == []
