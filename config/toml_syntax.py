"""The text of a TOML file as a table, and what is wrong with it for somebody who does not write TOML every day.

Pure. A line's value is never shown: it may be a secret.
"""

import re
import tomllib
from typing import Any

_BYTE_ORDER_MARK = "\ufeff"  # that some editors write; TOML itself has none

_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_KEY = re.compile(r"\s*([a-z_]{1,40})\s*=(?!=)")  # as our settings are called; not what ends as base64 does

# As whoever adds a table, or a key, to the file that install has written, which has all of them.
_TWICE = ("Cannot declare", "Cannot overwrite")

# As a shell, Python, a word processor or chmod would have it: shadow, True, “shadow”, 0660.
_UNQUOTED = ("Invalid value", "Expected newline or end of document")


def table(text: str) -> dict[str, Any]:
    """What `text` holds.

    Raises ValueError: it is no TOML; with the line, its key, and what to do where that is clear.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{error}{_key(text, str(error))}{_advice(str(error))}") from None


def _key(text: str, error: str) -> str:
    """The key of the line that `error` names."""
    place = _PLACE.search(error)
    found = place and _KEY.match(text.split("\n")[int(place[1]) - 1])
    return f", which sets {found[1]}" if found else ""


def _advice(error: str) -> str:
    if error.startswith(_TWICE):
        return ". It is in the file already: change it there"
    if error.startswith(_UNQUOTED):
        return '. Write text in straight "quotes", true and false in lower case'
    return ""
