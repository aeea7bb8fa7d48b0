"""Settings as the text of a configuration file, each with a comment, and what could not become one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """One line."""

    table: str  #: "milter.allow"
    key: str
    value: str | float | bool | tuple[str, ...] | tuple[int, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that has no counterpart among the settings."""

    name: str
    why: str


def text(settings: Iterable[Setting], notes: Iterable[Note]) -> str:
    """Tables in alphabetical order, the settings of each in the order given, then the notes as comments."""
    parts = []
    for table, lines in groupby(sorted(settings, key=lambda setting: setting.table), lambda setting: setting.table):
        parts.append("\n".join([f"[{table}]", *(_line(setting) for setting in lines)]))
    comments = [f"# {note.name}: {note.why}" for note in notes]
    if comments:
        parts.append("\n".join(["# Without a counterpart here:", *comments]))
    return "\n\n".join(parts) + "\n"


def array_table(name: str, settings: Iterable[Setting]) -> str:
    """One of several tables of the same name."""
    return "\n".join([f"[[{name}]]", *(_line(setting) for setting in settings)]) + "\n"


def shown(path: Path) -> str:
    """`path` as a comment may hold it: without line breaks and control characters."""
    return json.dumps(str(path))


def _line(setting: Setting) -> str:
    return f"{setting.key} = {_value(setting.value)}  # {setting.comment}"


def _value(value: object) -> str:
    """As TOML writes it: as JSON does, but for DEL, and for letters beyond the first plane that JSON writes as two."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
