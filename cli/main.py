"""The `trapline` command: its sub-commands, and how an error of any of them ends it.

Each command's module is imported when it is used: the milter never loads the reporter's libraries.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from trapline.cli import (
    blocklist,
    completion,
    config,
    daemons,
    extract,
    install,
    learn,
    lookup,
    mailboxes,
    retry,
    scan,
    show,
    spool,
    status,
    submissions,
    traps,
)
from trapline.cli.command import App, Group
from trapline.cli.doctor import command as doctor
from trapline.cli.options import ConfigOption
from trapline.cli.report.command import report
from trapline.cli.standard_output import show_anything, written
from trapline.config.errors import TraplineError

app = App(
    cls=Group,
    name="trapline",
    help="Guard a Postfix server with Spamhaus DQS and spam traps, and report what the traps catch.",
    no_args_is_help=True,
    add_completion=False,  # by completion.py
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: no frames, no "<bool>" beside an option that takes no value
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(config.app, name="config")
app.add_typer(traps.app, name="traps")
app.add_typer(spool.app, name="spool")
app.add_typer(learn.app, name="learn")
app.add_typer(blocklist.app, name="blocklist")
app.command("install")(install.install)
app.command("milter")(daemons.milter)
app.command("reporter")(daemons.reporter)
app.command("mailboxes")(mailboxes.mailboxes)
app.command("doctor")(doctor.doctor)
app.command("scan", cls=scan.ScanCommand)(scan.scan)
app.command("status")(status.status)
app.command("report")(report)
app.command("show")(show.show)
app.command("submissions")(submissions.submissions)
app.command("retry")(retry.retry)
app.command("lookup")(lookup.lookup)
app.command("extract")(extract.extract)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer's signature
    if wanted:
        typer.echo(f"trapline {version('trapline')}")
        raise typer.Exit


@app.callback()
def _before(
    context: typer.Context,
    config_file: ConfigOption = None,
    _completion: completion.ShowOption = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = {"config": config_file}


def run() -> None:
    """The entry point. An error of ours is printed without a traceback and ends with its own exit code."""
    show_anything()
    completion.prepare()
    with written():
        try:
            app()
        except TraplineError as error:
            for line in str(error).splitlines():
                sys.stderr.write(f"trapline: {line}\n")
            sys.exit(error.exit_code)


if __name__ == "__main__":
    run()
