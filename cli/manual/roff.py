r"""Manual pages as man(7) has them: text made safe, headings, paragraphs, lists.

What is written here is understood by groff and mandoc alike. Sources: man(7); groff_char(7) for `\[u2026]`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_CODE = re.compile(r"`([^`]+)`")


@dataclass(slots=True)
class Page:
    """A page in the making; `section` is 1 for commands, 5 for files."""

    name: str
    section: int
    summary: str  #: for the line NAME, that `apropos` finds
    version: str
    lines: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        """`trapline.1`."""
        return f"{self.name}.{self.section}"

    def heading(self, text: str) -> None:
        """A chapter: SYNOPSIS and the like."""
        self.lines.append(f".SH {_quoted(text.upper())}")

    def subheading(self, text: str) -> None:
        """A part of a chapter."""
        self.lines.append(f".SS {_quoted(text)}")

    def prose(self, text: str) -> None:
        """Paragraphs, parted by blank lines; an indented one stands as it is. `code` is bold."""
        for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
            if paragraph.startswith("    "):
                self.verbatim(line.removeprefix("    ") for line in paragraph.splitlines())
            elif paragraph.strip():
                self.lines += [".PP", _with_code(" ".join(paragraph.split()))]

    def verbatim(self, lines: Iterable[str]) -> None:
        """Lines that are neither filled nor broken."""
        self.lines += [".PP", ".nf", ".RS 4", *map(safe, lines), ".RE", ".fi"]

    def item(self, term: str, text: str) -> None:
        """A term, bold, and indented below it what it means."""
        self.lines += [".TP", f"\\fB{safe(term)}\\fR", _with_code(" ".join(text.split())) or "\\&"]

    def __str__(self) -> str:
        """The whole page."""
        head = [
            f'.TH {self.name.upper()} {self.section} "" "trapline {self.version}" "trapline"',
            ".nh",  # no hyphenation: an option that is broken can't be copied
            ".ad l",
            ".SH NAME",
            f"{safe(self.name)} \\- {safe(self.summary)}",
        ]
        return "\n".join((*head, *self.lines)) + "\n"


def safe(text: str) -> str:
    r"""`text` as roff prints it: no escapes, no requests; hyphens that can be copied.

    >>> safe("-o \\d+"), safe(".so /etc/shadow"), safe("…")
    ('\\-o \\ed+', '\\&.so /etc/shadow', '\\[u2026]')
    """
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    plain = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in plain)
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def _with_code(text: str) -> str:
    parts = _CODE.split(text)  # in turn: text, code
    marked = "".join(f"\\fB{_inner(one)}\\fR" if place % 2 else _inner(one) for place, one in enumerate(parts))
    return f"\\&{marked}" if marked.startswith((".", "'")) else marked


def _inner(text: str) -> str:
    return safe(text).removeprefix("\\&")


def _quoted(text: str) -> str:
    return '"' + safe(text).replace('"', "\\(dq") + '"'
