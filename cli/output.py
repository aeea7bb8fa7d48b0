"""How commands print: text that a sender may have written, times, JSON."""

import json
from datetime import UTC, datetime


def printable(text: str) -> str:
    """`text` without control characters: a message must not play with the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def moment(at: datetime) -> str:
    """A time for a table, in UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def as_json(value: object) -> str:
    """`value` as JSON; times as ISO 8601."""
    return json.dumps(value, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
