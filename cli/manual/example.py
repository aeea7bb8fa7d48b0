"""What the comments of config/examples/trapline.toml say of each setting: the one place where that is written.

Pure. A table's words stand behind its name, or as lines of their own above it; a key's behind its value, and on the
lines below that begin with blanks. What is commented out (secrets' files, the mailboxes) counts too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_TABLE = re.compile(r"#?\[+(?P<name>[\w.]+)\]+(?:\s+# ?(?P<text>.*))?")
_KEY = re.compile(r"#?(?P<name>\w+) = (?P<value>.+?)(?:\s+# ?(?P<text>.*))?")
_MORE = re.compile(r"#?\s+# ?(?P<text>.*)")
_PROSE = re.compile(r"# ?(?P<text>.*)")


@dataclass(slots=True)
class Setting:
    """A key: the value that the example shows, and what it means."""

    name: str
    value: str
    text: str


@dataclass(slots=True)
class Table:
    """A table, and its keys in their order."""

    name: str
    text: str
    settings: list[Setting] = field(default_factory=list)


@dataclass(slots=True)
class Example:
    """The whole file."""

    intro: str
    tables: list[Table]


def read(text: str) -> Example:
    """What the example `text` says. Raises ValueError: a line is neither of what this module describes."""
    made = Example("", [])
    above: list[str] = []
    for line in text.splitlines():
        _line(made, above, line)
    return made


def _line(made: Example, above: list[str], line: str) -> None:
    """`above` are the lines of prose that belong to the next table."""
    if not line.strip():
        if not made.tables and above:
            made.intro = _joined([made.intro, *above])
            above.clear()
    elif match := _TABLE.fullmatch(line):
        made.tables.append(Table(match["name"], _joined([*above, match["text"] or ""])))
        above.clear()
    elif match := _KEY.fullmatch(line):
        made.tables[-1].settings.append(Setting(match["name"], match["value"], match["text"] or ""))
    elif (match := _MORE.fullmatch(line)) and made.tables:
        last = made.tables[-1].settings[-1] if made.tables[-1].settings else made.tables[-1]
        last.text = _joined([last.text, match["text"]])
    elif match := _PROSE.fullmatch(line):
        above.append(match["text"])
    else:
        raise ValueError(f"neither a table nor a key nor a comment: {line}")


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part.strip() for part in parts if part.strip())
