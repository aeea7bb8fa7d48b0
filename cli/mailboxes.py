"""`trapline mailboxes`: Junk folders and honeypots to the spool."""

import signal
from typing import Annotated

import typer

from trapline.cli import logs
from trapline.cli.options import ConfigOption, settings
from trapline.config.printable import printable
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled


def mailboxes(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Read each mailbox once, print a summary, exit.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken; store and mark nothing; exit.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Read the configured mailboxes into the spool.

    A daemon in the foreground. SIGHUP makes it look again at once, SIGTERM ends it.
    With --once or --dry-run, ends with 1 if something failed.
    """
    from trapline.mailboxes.daemon import Mailboxes

    configured = settings(context, config)
    logs.to_standard_error()
    worker = Mailboxes(configured, lambda line: typer.echo(printable(line)))
    if dry_run:
        raise typer.Exit(worker.dry_run())
    if once:
        raise typer.Exit(worker.once())
    stop = Signalled.by(signal.SIGTERM, signal.SIGINT)
    worker.run(stop, Signalled.by(signal.SIGHUP), Manager())
