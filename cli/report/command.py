"""`trapline report`: what happened in a number of days, as a page or as JSON."""

import socket
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json
from trapline.cli.store import existing_store
from trapline.config.durable import create, replace
from trapline.config.errors import TraplineError

MAX_DAYS = 366


class NothingToReport(TraplineError):
    """There is no store."""


def report(
    context: typer.Context,
    *,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the page there.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=MAX_DAYS, help="How many, today the last one (UTC).")] = 30,
    journal: Annotated[bool, typer.Option("--journal", help="Count in the journal who was refused.")] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write a page of what happened, with its plots.

    The page is one file, without scripts, and fetches nothing. A new file can be read by its owner and group.
    """
    if html is None and not json_output:
        raise typer.BadParameter("nothing to do. Expected: --html FILE, or --json")
    from trapline.cli.report.page import page
    from trapline.cli.report.refused import from_journal
    from trapline.reporter.period import period
    from trapline.reporter.standing import first_moment

    now = datetime.now(UTC)
    with existing_store(settings(context, config)) as store:
        if store is None:
            raise NothingToReport("there is nothing to report yet: the reporter has kept nothing (there is no store)")
        with store.reading() as db:
            found = period(db, now, days)
    refused = from_journal(first_moment(now, days)) if journal else None
    if html is not None:
        _write(html, page(found, refused, socket.gethostname()))
    if json_output:
        table = asdict(found) | {"refused": None if refused is None else _refused_json(refused.by_day)}
        typer.echo(as_json(table))


def _refused_json(by_day: "dict[tuple[Any, str], int]") -> list[dict[str, Any]]:
    return [{"day": day, "zone": zone, "recipients": number} for (day, zone), number in sorted(by_day.items())]


def _write(path: Path, content: bytes) -> None:
    """In one step, so that a web server never serves half a page; an older one keeps its owner and mode."""
    if path.exists():
        replace(path, content)
    else:
        create(path, content)
