"""`trapline retry`: the mail that could not be handled, and taking it up again."""

from typing import TYPE_CHECKING, Annotated

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json, moment
from trapline.cli.progress import progress
from trapline.cli.store import existing_store
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.reporter.set_aside import SetAside


def retry(
    context: typer.Context,
    identity: Annotated[
        str | None, typer.Argument(metavar="ID", help="The file (as `trapline retry` lists it) or the message's id.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Try all of it again.")] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the mail that could not be handled, or try it again.

    With an ID or --all it is put back for the reporter.
    Ends with 1 if there is no mail with this ID.
    """
    if identity is not None and every:
        raise typer.BadParameter("expected an ID or --all, not both")
    known = _set_aside(settings(context, config))
    chosen = [one for one in known if every or (identity is not None and one.is_called(identity))]
    if identity is not None and not chosen:
        typer.echo(f"no mail called {printable(identity)} was put aside: `trapline retry` lists what was", err=True)
        raise typer.Exit(1)
    with progress(silent=json_output) as told:
        for number, one in enumerate(chosen, 1):
            one.retry()
            told("messages", number, len(chosen))
    if json_output:
        typer.echo(as_json([_table(one, retried=bool(chosen)) for one in chosen or known]))
    elif chosen:
        for one in chosen:
            typer.echo(f"{printable(one.file)}: back in {one.maildir.path}/new, where the reporter takes it up again")
    else:
        _print(known)


def _set_aside(configured: Settings) -> list["SetAside"]:
    from trapline.reporter.set_aside import set_aside

    with existing_store(configured) as store:
        if store is None:
            return list(set_aside(configured, None))
        with store.reading() as db:
            return list(set_aside(configured, db, store.host))


def _table(one: "SetAside", *, retried: bool) -> dict[str, object]:
    return {
        "file": one.file,
        "folder": str(one.maildir.path),
        "failed_at": one.failed_at,
        "reason": one.reason,
        "retried": retried,
    }


def _print(known: list["SetAside"]) -> None:
    if not known:
        typer.echo("no mail was put aside")
    for one in known:
        when = "at an unknown time" if one.failed_at is None else f"{moment(one.failed_at)} UTC"
        typer.echo(f"{printable(one.file)}\n    {when}: {printable(one.reason or 'the store does not know why')}")
