"""What a message consists of, besides its links: how long its text is, in which language, what is hidden, which files.

Facts for an analyst. Of several texts (a plain one and its HTML) the longest speaks for all. Pure.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from trapline.reporter.evidence.language import language
from trapline.reporter.parsing.attachments import Attachment

# Written to split words, and to fill the preview of a newsletter.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u034f\u200b\u200c\u200d\u200e\u200f\u2060\u2007\ufeff"))


@dataclass(frozen=True, slots=True)
class Words:
    """The text of one part."""

    shown: str  #: what a person sees
    hidden: str = ""  #: what HTML hides
    hidden_by: tuple[str, ...] = ()  #: how, in the words of CSS


@dataclass(frozen=True, slots=True)
class Content:
    """What a message consists of."""

    language: str | None = None  #: ISO 639, `de`; None where it can't be told
    characters: int = 0  #: of the longest text as it is shown, runs of blanks counted as one
    hidden_characters: int = 0  #: that this text's HTML hides
    hidden_by: tuple[str, ...] = ()  #: how: "display:none", "font-size", …; in order
    attachments: tuple[Attachment, ...] = ()  #: the first of them
    files: int = 0  #: how many there are in all

    def to_json(self) -> dict[str, Any]:
        """As the store and `--json` have it: JSON types only."""
        plain = asdict(self)
        return plain | {"hidden_by": list(self.hidden_by), "attachments": list(plain["attachments"])}


NOTHING = Content()  #: of a message that was never sent


def content(texts: Iterable[Words], attachments: tuple[Attachment, ...], files: int) -> Content:
    """The content of a message with these texts and files."""
    longest = max(texts, key=lambda words: len(words.shown), default=Words(""))
    hidden = _length(longest.hidden)
    return Content(
        language=language(longest.shown),
        characters=_length(longest.shown),
        hidden_characters=hidden,
        hidden_by=longest.hidden_by if hidden else (),
        attachments=attachments,
        files=files,
    )


def _length(text: str) -> int:
    return len(" ".join(text.translate(_INVISIBLE).split()))
