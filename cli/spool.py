"""`trapline spool add`: saved messages, and mail from a pipe, into the spool."""

import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from trapline.cli.command import App, Command
from trapline.cli.options import ConfigOption, settings
from trapline.config.errors import ConfigError, TraplineError
from trapline.config.events import trace
from trapline.config.mailboxes import Mailbox
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.mailboxes.saved_mail import Saved
    from trapline.spool.envelope import Envelope

app = App(help="Work with the spool of caught mail.", no_args_is_help=True)

TRY_AGAIN = 75  #: EX_TEMPFAIL: an MTA keeps the message and pipes it again (Postfix, local(8), pipe(8))


class AddCommand(Command):
    """From a pipe a wrong argument has the MTA try again, too: by any other code it would bounce the mail."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, as every command reads them."""
        piped = "-" in args
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if piped:
                error.exit_code = TRY_AGAIN
            raise


@app.command(cls=AddCommand)
def add(
    context: typer.Context,
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|FOLDER", help="Messages, mbox files, Maildirs, folders of messages; - is standard input."
        ),
    ],
    mailbox: Annotated[
        str | None, typer.Option("--mailbox", metavar="NAME", help="The configured mailbox whose mail it is.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Put saved messages into the spool.

    They count as hits of the traps that they were delivered to, or with --mailbox as that mailbox's mail.

    Ends with 1 if some could not be added; from standard input with 75, so that an MTA tries again.
    """
    try:
        added, problems = _add_all(settings(context, config), sources, mailbox)
    except TraplineError as error:
        if not _piped(sources):
            raise
        added, problems = 0, [error]
    except Exception as error:
        if not _piped(sources):
            raise
        typer.echo(trace(error), err=True)  # its text may hold anything, and an MTA logs what is printed
        raise typer.Exit(TRY_AGAIN) from None
    for problem in problems:
        typer.echo(f"trapline: {printable(str(problem))}", err=True)
    if _piped(sources):
        raise typer.Exit(TRY_AGAIN if problems else 0)
    typer.echo(f"{added} added{f', {len(problems)} not' if problems else ''}")
    raise typer.Exit(1 if problems else 0)


def _add_all(configured: Settings, sources: list[Path], mailbox: str | None) -> tuple[int, list[TraplineError]]:
    """How many were added, and what went wrong with the others. Raises TraplineError: nothing can be added at all."""
    from trapline.spool import block
    from trapline.spool.maildir import Maildir

    envelope_of = _envelopes(configured, mailbox)
    spool = Maildir(configured.spool.directory)
    spool.create()
    added, problems = 0, []
    for one in _read(sources):
        try:
            if isinstance(one, TraplineError):
                raise one
            envelope = envelope_of(one)
            spool.deliver((block.write(envelope, socket.gethostname()), one.message), envelope.id)
            added += 1
        except TraplineError as error:
            problems.append(error)
    return added, problems


def _piped(sources: list[Path]) -> bool:
    return [str(one) for one in sources] == ["-"]


def _read(sources: list[Path]) -> "Iterator[Saved | TraplineError]":
    """Every message, and an error for each file that can't be read."""
    from trapline.mailboxes.saved_mail import UnreadableMail, read_all, read_stream

    now = datetime.now(UTC)
    for source in sources:
        if str(source) != "-":
            yield from read_all(source, now)
            continue
        try:
            yield read_stream(sys.stdin.buffer, now)
        except UnreadableMail as error:
            yield error


def _envelopes(configured: Settings, name: str | None) -> "Callable[[Saved], Envelope]":
    """How a message's envelope is made. Raises ConfigError: there is no such mailbox, or a trap file is wrong."""
    from trapline.config.networks import NetworkSet
    from trapline.mailboxes.add import of_mailbox, of_trap
    from trapline.spool.envelope import Recipient
    from trapline.traps.watch import TrapFiles

    own = NetworkSet(configured.internal_networks)
    if name is not None:
        mailbox = _mailbox(configured, name)
        return lambda saved: of_mailbox(mailbox, saved, own)
    traps = TrapFiles(configured.traps, needed=False).current

    def match(address: str) -> Recipient | None:
        trap = traps.match(address)
        return None if trap is None else Recipient(address=address, trap=True, label=trap.label, kind=trap.kind)

    return lambda saved: of_trap(saved, match, configured.reporter.receivers, own)


def _mailbox(configured: Settings, name: str) -> Mailbox:
    """Raises ConfigError: there is no such mailbox, or what its mail is worth is not said."""
    found = configured.mailbox(name)
    if found is None:
        raise ConfigError(f'--mailbox {name}: no [[mailboxes]] has name = "{name}"')
    if found.role is None:
        raise ConfigError(f'--mailbox {name}: it has no role: set role = "junk" or "honeypot" in its table')
    return found
