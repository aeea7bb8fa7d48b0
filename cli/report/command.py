"""`trapline report`: what happened in a number of days, as a page or as JSON."""

import socket
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json
from trapline.cli.store import reading
from trapline.config.durable import create, replace
from trapline.config.errors import TraplineError
from trapline.config.missing import is_missing

if TYPE_CHECKING:
    from trapline.cli.report.refused import Refused

MAX_DAYS = 366
PRINTED = Path("-")  #: no file of that name, but standard output


class NothingToReport(TraplineError):
    """There is no store."""


def report(
    context: typer.Context,
    *,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page to this file; - prints it.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=MAX_DAYS, help="How many days, up to today (UTC).")
    ] = 30,
    journal: Annotated[
        bool | None,
        typer.Option(
            "--journal/--no-journal", help="Count refused mail in the journal; by default, if that can be read."
        ),
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write a page with plots of what happened.

    The page is one file, without scripts, and fetches nothing. A new file can be read by its owner and group.
    """
    if html is None and not json_output:
        raise typer.BadParameter("nothing to do. Expected: --html FILE, or --json")
    if html == PRINTED and json_output:
        raise typer.BadParameter("--html - and --json can't both be printed. Expected: --html FILE with --json")
    from trapline.cli.report.page import page
    from trapline.reporter.overview.period import period
    from trapline.reporter.overview.standing import first_moment

    now = datetime.now(UTC)
    with reading(settings(context, config)) as db:
        if db is None:
            raise NothingToReport("there is nothing to report yet: the reporter has kept nothing (there is no store)")
        found = period(db, now, days)
    refused = _refused(first_moment(now, days), journal=journal)
    if html == PRINTED:
        typer.echo(page(found, refused, socket.gethostname()), nl=False)
    elif html is not None:
        _write(html, page(found, refused, socket.gethostname()))
    if json_output:
        counted = None if isinstance(refused, str) else _refused_json(refused.by_day)
        missing = refused if isinstance(refused, str) else None
        typer.echo(as_json(asdict(found) | {"refused": counted, "refused_missing": missing}))


def _refused(since: datetime, *, journal: bool | None) -> "Refused | str":
    """What the journal says, or why it says nothing. Raises NoJournal: it was asked for, and can't be read."""
    from trapline.cli.report.refused import NoJournal, from_journal

    if journal is False:
        return "The journal was not read (--no-journal)."
    try:
        return from_journal(since)
    except NoJournal as error:
        if journal:
            raise
        return f"Not counted: {error}."


def _refused_json(by_day: "dict[tuple[Any, str], int]") -> list[dict[str, Any]]:
    return [{"day": day, "zone": zone, "recipients": number} for (day, zone), number in sorted(by_day.items())]


def _write(path: Path, content: bytes) -> None:
    """In one step, so that a web server never serves half a page; an older one keeps its owner and mode."""
    (create if is_missing(path) else replace)(path, content)
