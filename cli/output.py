"""How commands print: text that a sender may have written, times, JSON."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from trapline.config.printable import printable


def moment(at: datetime) -> str:
    """A time for a table, in UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def as_json(value: object) -> str:
    """`value` as JSON; times as ISO 8601."""
    return json.dumps(value, default=_plain)


@contextmanager
def printed_table(
    *columns: str, fold: Collection[str] = (), right: Collection[str] = ()
) -> Iterator[Callable[..., None]]:
    """Gives a function that adds a row, its cells as text; the table is printed when the block ends.

    Only the columns in `fold` are broken where the terminal is narrow; those in `right` hold numbers.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(
            column, no_wrap=column not in fold, overflow="fold", justify="right" if column in right else "left"
        )
    yield lambda *cells: table.add_row(*(Text(printable(str(cell))) for cell in cells))
    Console().print(table)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
