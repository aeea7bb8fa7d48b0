"""Text as a person sees it, where it stands otherwise in a message: reflowed paragraphs, calendar entries, contacts.

Sources: RFC 3676 (format=flowed, DelSp), RFC 5545, 3.1 and 3.3.11 (folded lines and escapes of iCalendar), RFC 6350,
3.2 and 3.4 (those of vCard; Apple escapes the colon of a URL, too).
"""

import re

from trapline.reporter.parsing.content_type import ContentType

_SOFT_BREAK = re.compile(r" \r?\n(?!-- \r?$|>)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([nN,;:\\])")
_FOLDED_TYPES = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_FOLDED_NAMES = (".ics", ".vcf")


def as_shown(text: str, content: ContentType, name: str) -> str:
    """`text` of a part with this Content-Type and file name."""
    if (
        content.parameters.get("format", "").lower() == "flowed"
        and content.parameters.get("delsp", "").lower() == "yes"
    ):
        return _SOFT_BREAK.sub("", text)
    if content.value in _FOLDED_TYPES or name.lower().endswith(_FOLDED_NAMES):
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], _FOLD.sub("", text))
    return text
