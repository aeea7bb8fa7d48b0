"""Text as a person sees it, where it stands otherwise in a message: reflowed paragraphs, calendar entries, contacts.

Of a contact or an entry its picture, its key and where it came from are no words, and lead nobody anywhere. Nor is what
a file in the text is encoded as, of which a megabyte has a handful of `C2.TG/`.

Sources: RFC 3676 (format=flowed, DelSp), RFC 5545, 3.1 and 3.3.11 (folded lines and escapes of iCalendar), RFC 6350,
3.2, 3.4 and 6 (those of vCard, and its properties; Apple escapes the colon of a URL, too), RFC 7986 (more properties
of iCalendar), POSIX (uuencode).
"""

import re

from trapline.reporter.parsing.content_type import ContentType

# From a full line on, so that no words are taken for a file.
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} [^\n]{1,500}\n(?:M[ -`]{60}\r?\n)+(?:[!-L][ -`]{4,60}\r?\n)?(?:[ `]?\r?\n)?(?:end[ \t]*\r?\n)?",
    re.MULTILINE,
)
_SOFT_BREAK = re.compile(r" \r?\n(?!-- \r?$|>)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([nN,;:\\])")
_NOT_SHOWN = re.compile(
    r"^(?:[\w-]{1,40}\.)?(?:PHOTO|LOGO|SOUND|KEY|SOURCE|PRODID|TZURL|IMAGE)[;:].*\n?", re.MULTILINE | re.IGNORECASE
)
_ICON = re.compile(r"^IconFile[ \t]{0,9}=.*\n?", re.MULTILINE | re.IGNORECASE)  # of an Internet shortcut
_FOLDED_TYPES = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_FOLDED_NAMES = (".ics", ".vcf")


def as_shown(text: str, content: ContentType, name: str) -> str:
    """`text` of a part with this Content-Type and file name."""
    text = _UUENCODED.sub("", text)
    if (
        content.parameters.get("format", "").lower() == "flowed"
        and content.parameters.get("delsp", "").lower() == "yes"
    ):
        return _SOFT_BREAK.sub("", text)
    if content.value in _FOLDED_TYPES or name.lower().endswith(_FOLDED_NAMES):
        unfolded = _NOT_SHOWN.sub("", _FOLD.sub("", text))
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], unfolded)
    return _ICON.sub("", text) if name.lower().endswith(".url") else text
