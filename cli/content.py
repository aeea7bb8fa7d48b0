"""What a message consists of, in words: its text and its files, for `show` and `extract`."""

from collections.abc import Iterator, Mapping
from typing import Any

from trapline.config.printable import printable


def facts(content: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Each fact with its name; `content` is as reporter/evidence/content.py has it. None for None."""
    if content is None:
        return
    yield "text", _text(content)
    for file in content["attachments"]:
        named = printable(f"{file['name'] or 'without a name'}, {file['type']}")
        yield "attached", f"{named}, {file['size_bytes']:,} bytes, SHA-256 {file['sha256']}"
    further = content["files"] - len(content["attachments"])
    if further:
        yield "attached", f"{further:,} further files"


def _text(content: Mapping[str, Any]) -> str:
    text = f"{content['characters']:,} characters"
    if content["language"] is not None:
        text += f", language {content['language']}"
    if content["hidden_characters"]:
        text += f"; {content['hidden_characters']:,} more are hidden ({', '.join(content['hidden_by'])})"
    return text
