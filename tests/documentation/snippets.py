"""The snippets of README.md and docs/: indented or fenced blocks of commands, settings, other programs' lines, output.

A test that runs one takes it from the page by `snippet(page, beginning)`, both written out, so that what runs is what a
user reads; `test_every_snippet.py` looks for these calls. Commands of ours and settings need none: all are run alike.
"""

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"

_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)
_SESSION = re.compile(r"\n(?=\n\$ )")  # what a command prints is a snippet of its own
_COMMAND = re.compile(r"(?:\$ )?trapline ")


@dataclass(frozen=True, slots=True)
class Snippet:
    page: str  #: as `docs/log.md`
    line: int  #: where it begins
    text: str  #: without the indentation

    @property
    def settings(self) -> bool:
        """Whether it is for trapline.toml."""
        if not re.match(r"\[+\w", self.text):
            return False
        try:
            tomllib.loads(self.text)
        except tomllib.TOMLDecodeError:
            return False
        return True

    @property
    def ours(self) -> bool:
        """Whether it consists of commands of ours, without what they print."""
        return all(line.startswith("trapline ") for line in self.text.splitlines() if line)

    @property
    def taken(self) -> bool:
        """Whether a test takes it by `snippet`."""
        return any(self.page == page and self.text.startswith(beginning) for page, beginning in taken())

    @property
    def commands(self) -> Iterator[list[str]]:
        """The words of each command of ours in it, without `trapline` and comments."""
        for line in self.text.splitlines():
            for command in line.split(" && "):
                if _COMMAND.match(command):
                    words = shlex.split(command.removeprefix("$ "), comments=True)[1:]
                    yield [word for word in words if not word.startswith(">")]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text.splitlines()[0]}"


def pages() -> list[Path]:
    """README.md, all below docs/, and what else stands at the top."""
    first = ROOT / "README.md"
    return [first, *sorted((ROOT / "docs").rglob("*.md")), *sorted({*ROOT.glob("*.md")} - {first})]


@cache
def snippets() -> tuple[Snippet, ...]:
    """All of them, as they stand on the pages."""
    return tuple(found for page in pages() for found in of_page(page, str(page.relative_to(ROOT))))


def of_page(page: Path, name: str) -> Iterator[Snippet]:
    """The snippets of one page, which tests call `name`."""
    text = page.read_text(encoding="utf-8") + "\n"
    for block in _FENCE.finditer(text):
        yield Snippet(name, _line(text, block.start(1)), block[1].rstrip())
    without = _FENCE.sub(lambda block: re.sub(r".", "", block[0]), text)
    for block in _INDENTED.finditer(without):
        start = _line(without, block.start())
        for part in _SESSION.split("\n".join(line[4:] for line in block[0].splitlines())):
            yield Snippet(name, start + len(part) - len(part.lstrip("\n")), part.strip("\n"))
            start += part.count("\n") + 1


def snippet(page: str, beginning: str) -> str:
    """The text of the one snippet of `page` that begins so.

    Raises LookupError: there is none, or more than one.
    """
    found = [one for one in snippets() if one.page == page and one.text.startswith(beginning)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} snippets of {page} begin with {beginning!r}")
    return found[0].text


@cache
def taken() -> frozenset[tuple[str, str]]:
    """The page and beginning of each call of `snippet` in the tests."""
    calls = (
        node
        for file in TESTS.rglob("*.py")
        if "snippet(" in (text := file.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "snippet"
    )
    literals = ([one.value for one in call.args if isinstance(one, ast.Constant)] for call in calls)
    return frozenset((str(both[0]), str(both[1])) for both in literals if len(both) == 2)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
