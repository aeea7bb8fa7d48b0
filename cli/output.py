"""How commands print: text that a sender may have written, times, numbers, JSON."""

import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from trapline.config.printable import printable

FOLDED_WIDTH = 12  #: characters that a column which may be broken keeps at least
PAGE_ROWS = 1000  #: of a table that are printed at once; a longer one goes on below with the same columns

_GAP_WIDTH = 3  # of each column: padding, separator, padding


def say(line: object) -> None:
    """Print a line, above the bar where there is one (progress.py): typer.echo would write past it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def can_be_redrawn() -> bool:
    """Whether standard output is a terminal on which what was printed can be written over."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}


def moment(at: datetime) -> str:
    """A time for a table, in UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def counted(number: int, one: str, several: str) -> str:
    """A number and its noun.

    >>> counted(1, "message", "messages"), counted(0, "entry waits", "entries wait")
    ('1 message', '0 entries wait')
    """
    return f"{number} {one if number == 1 else several}"


def past_limit(found: Sequence[object], limit: int) -> str:
    """What is said behind the number of those that are shown, where more than `limit` were found."""
    return "; there are more: raise --limit" if len(found) > limit else ""


def as_json(value: object) -> str:
    """`value` as JSON; times as ISO 8601."""
    return json.dumps(value, default=_plain)


def print_list(values: Iterable[object]) -> None:
    """Print `values` as one JSON list, one by one and a line each: there may be a million of them."""
    before = "["
    for value in values:
        sys.stdout.write(f"{before}{as_json(value)}")
        before = ",\n "
    say("[]" if before == "[" else "]")


@contextmanager
def printed_table(
    *columns: str, fold: Collection[str] = (), right: Collection[str] = (), whole: str | None = None
) -> Iterator[Callable[..., None]]:
    """Gives a function that adds a row, its cells as text; the table is printed when the block ends.

    Only headings, and the cells of the columns in `fold`, are broken where the terminal is narrow; those in `right`
    hold numbers. Nothing is cut off: a table that does not fit is wider than the terminal. What had to be broken in the
    column `whole` stands below the table once more, in one piece, to be copied. A long table is printed page by page.
    """
    table = _PagedTable(columns, fold, right, whole)
    yield table.add
    table.end()


class _PagedTable:
    """A table of which no more than a page is kept; the first one decides how wide its columns are."""

    def __init__(
        self, columns: Sequence[str], fold: Collection[str], right: Collection[str], whole: str | None
    ) -> None:
        self._columns = columns
        self._fold = fold
        self._right = right
        self._whole = None if whole is None else columns.index(whole)
        self._widths: list[int] = []  # none yet: no page was printed
        self._page: list[tuple[str, ...]] = []
        self._broken: list[str] = []

    def add(self, *cells: object) -> None:
        """Add a row; where the page was full, print that first."""
        if len(self._page) == PAGE_ROWS:
            self._print()
        self._page.append(tuple(printable(str(cell)) for cell in cells))

    def end(self) -> None:
        """Print what is left, and what was broken."""
        self._print()
        _in_one_piece(self._broken)

    def _print(self) -> None:
        from rich import box
        from rich.cells import cell_len
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console, gaps, first = Console(), _GAP_WIDTH * len(self._columns), not self._widths
        if first:
            self._widths = _widths(self._columns, self._page, self._fold, console.width - gaps)
        else:
            self._widths = _wider(self._widths, self._columns, self._page, self._fold)
        console.width = max(console.width, sum(self._widths) + gaps)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_header=first)
        for column, width in zip(self._columns, self._widths, strict=True):
            table.add_column(column, width=width, overflow="fold", justify="right" if column in self._right else "left")
        for row in self._page:
            table.add_row(*map(Text, row))
        console.print(table)
        if self._whole is not None:
            place, width = self._whole, self._widths[self._whole]
            self._broken += [row[place] for row in self._page if cell_len(row[place]) > width]
        self._page = []


def _in_one_piece(cells: Iterable[str]) -> None:
    for number, cell in enumerate(dict.fromkeys(cells)):
        say(cell if number else f"\nIn full:\n\n{cell}")


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], fold: Collection[str], room: int) -> list[int]:
    """The widths of the columns where there is so much `room`: a cell is broken only in those of `fold`."""
    from rich.cells import cell_len

    least, natural = [], []
    for place, column in enumerate(columns):
        longest = max((cell_len(row[place]) for row in rows), default=0)
        least.append(max(*map(len, column.split()), min(longest, FOLDED_WIDTH) if column in fold else longest))
        natural.append(max(len(column), longest))
    return _fitted(least, natural, room)


def _wider(
    widths: Sequence[int], columns: Sequence[str], rows: Sequence[Sequence[str]], fold: Collection[str]
) -> list[int]:
    """The widths of the columns on a later page: wider where a cell that can't be broken needs it."""
    from rich.cells import cell_len

    needed = (0 if column in fold else max(cell_len(row[n]) for row in rows) for n, column in enumerate(columns))
    return [max(both) for both in zip(widths, needed, strict=True)]


def _fitted(least: list[int], natural: list[int], room: int) -> list[int]:
    """The widths of columns: `natural` where there is `room`, else the widest ones narrower, down to `least`."""
    widths = natural.copy()  # rich makes columns narrower that can't be, and then cuts off what is beside them
    while sum(widths) > room and widths != least:
        widest = max((place for place, width in enumerate(widths) if width > least[place]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
