"""`trapline doctor`: is everything from the resolver to the token set up right?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, get_args

import typer

from trapline.cli.doctor import configuration
from trapline.cli.doctor.result import Result, State, skipped
from trapline.cli.doctor.site import MAILBOXES_USER, MILTER_USER, REPORTER_USER, Site
from trapline.cli.options import ConfigOption, JsonOption, named
from trapline.cli.output import as_json, printed_table
from trapline.config.printable import printable

_STATES: tuple[State, ...] = get_args(State)


def doctor(
    context: typer.Context,
    milter_user: Annotated[
        str, typer.Option("--milter-user", metavar="NAME", help="The user that the milter runs as.")
    ] = MILTER_USER,
    reporter_user: Annotated[
        str, typer.Option("--reporter-user", metavar="NAME", help="The user that the reporter runs as.")
    ] = REPORTER_USER,
    mailboxes_user: Annotated[
        str, typer.Option("--mailboxes-user", metavar="NAME", help="The user that trapline mailboxes runs as.")
    ] = MAILBOXES_USER,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check the whole setup, and say how to fix what is wrong.

    It checks the configuration, its files and users, resolver, DQS key, zones, milter, Postfix, spool, database, the
    portal's token, clock and disk. It changes nothing, and takes half a minute at most. Checks that this user is not
    permitted to make are skipped: run it as root for all of them.

    For another Postfix instance, set MAIL_CONFIG in the environment to its configuration folder. Ends with 1 if a check
    failed; a warning is not a failure.
    """
    results = _results(configuration.read(named(context, config)), milter_user, reporter_user, mailboxes_user)
    if json_output:
        typer.echo(as_json([asdict(one) for one in results]))
    else:
        _print(results)
    if any(one.state == "failed" for one in results):
        raise typer.Exit(1)


def _results(read: configuration.Read, *users: str) -> tuple[Result, ...]:
    """`users`: as whom milter, reporter and mailboxes run."""
    from trapline.cli.doctor.checks import CHECKS
    from trapline.cli.doctor.examination import examine

    if read.settings is None:
        return (read.result, *(skipped(one.name, "it needs the configuration") for one in CHECKS))
    return (read.result, *examine(CHECKS, Site(read.settings, read.path, *users)))


def _print(results: Sequence[Result]) -> None:
    with printed_table("what", "state", "seen", fold=("what", "seen")) as row:
        for one in results:
            row(one.name, one.state, one.seen)
    hints = [one for one in results if one.hint]
    if hints:
        typer.echo("\nWhat to do:\n")
    for one in hints:
        typer.echo(f"- {printable(one.name)} ({one.state}): {printable(one.hint)}")
    counts = Counter(one.state for one in results)
    typer.echo("\n" + ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state]))
