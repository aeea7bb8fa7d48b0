"""Files of `NAME=value` lines, as systemd reads them for EnvironmentFile= and a `.env` loader does.

Comments start a line with `#` or `;`; a value may stand in quotes; nothing is expanded and no line is continued.
Values may be secrets: no repr and no error shows one.

Source: systemd.exec(5), EnvironmentFile=.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trapline.config.errors import ConfigError

MAX_BYTES = 1_000_000

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Variable:
    """One line's name and value."""

    name: str
    value: str = field(repr=False)  #: without blanks around and without its quotes; "" means "not set"
    line: int  #: from 1


def read(path: Path) -> tuple[Variable, ...]:
    """The variables in the file at `path`, in its order, each name once.

    Raises ConfigError: it can't be read, or what is wrong in it, a line each.
    """
    raw = read_bytes(path)
    try:
        return parse(path, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8") from None


def read_bytes(path: Path) -> bytes:
    """What is in the file at `path`. Raises ConfigError: it can't be read, or is far too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read this file: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes; is this the right file?")
    return raw


def parse(path: Path, text: str) -> tuple[Variable, ...]:
    """The variables in `text`; `path` is what errors name. Raises ConfigError: as `read`."""
    found: dict[str, Variable] = {}
    problems: list[str] = []
    for number, line in _lines(text):
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(f"{path}:{number}: expected NAME=value, a comment or an empty line")
            continue
        variable = Variable(match["name"], _unquoted(match["value"]), number)
        earlier = found.setdefault(variable.name, variable)
        if earlier.value != variable.value:
            # systemd takes the last one, most loaders the first: nobody can tell which one was in force.
            problems.append(f"{path}:{number}: {variable.name} has another value in line {earlier.line}; delete one")
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(found.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            yield number, stripped


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value
