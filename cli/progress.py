"""How far a command is: a bar where standard output is a terminal, else plain lines on standard error, now and then."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from trapline.cli.output import can_be_redrawn

if TYPE_CHECKING:
    from trapline.reporter.progress import Progress

_BAR_WIDTH = 20  # so that all of it fits into a narrow terminal


@contextmanager
def progress(*, silent: bool = False) -> Iterator["Progress"]:
    """To be told how far the work is, while the block runs. `silent`: nothing is shown, as beside JSON.

    What is printed meanwhile stands above the bar.
    """
    from trapline.reporter.progress import Lines, untold

    if silent:
        yield untold
    elif can_be_redrawn():
        with _bar() as told:
            yield told
    else:
        yield Lines(lambda line: typer.echo(line, err=True))


@contextmanager
def _bar() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(_BAR_WIDTH), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(soft_wrap=True)  # what is printed is broken by the terminal, so that it can be copied whole
    bar = Bar(*columns, console=console, transient=True, redirect_stderr=sys.stderr.isatty())
    with bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield told
