"""`trapline scan`: spam is sorted out of an inbox that has no filter, and the scanners are taught."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from trapline.cli.command import Command
from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.scan_output import NOTHING_KEPT, WRONG_ARGUMENTS, as_table, exit_code, progress_label, words
from trapline.config.clock import utc_now
from trapline.config.errors import ConfigError, TraplineError
from trapline.config.mailbox_scan import MAX_SCANNED_BYTES, Scan, ScannerName
from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NetworkSet
from trapline.config.settings import Settings
from trapline.config.wrong_value import first
from trapline.mailboxes.scan_steps import CertainAction, Wishes

if TYPE_CHECKING:
    from trapline.filters.scanner import Scanner
    from trapline.mailboxes.scan_run import Run, Watch


class ScanCommand(Command):
    """With --exitcodes a wrong argument ends with 10, since 2 means that all mail was spam."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, as every command reads them."""
        with _told_by_code(asked="--exitcodes" in args):
            return super().parse_args(ctx, args)


@contextmanager
def _told_by_code(*, asked: bool) -> Iterator[None]:
    """With --exitcodes an error has a code of its own: of the command line, or of what is kept on disk."""
    try:
        yield
    except TyperException as error:
        if asked:
            error.exit_code = WRONG_ARGUMENTS
        raise
    except ConfigError:
        raise
    except TraplineError as error:
        if not asked:
            raise
        typer.echo(f"trapline: {error}", err=True)
        raise typer.Exit(NOTHING_KEPT) from None


def scan(  # noqa: PLR0913, PLR0917 - a command's options
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Mailboxes, as the configuration calls them.")],
    copy: Annotated[bool, typer.Option("--copy", help="Copy spam into the folder for spam, on the server.")] = False,
    move: Annotated[bool, typer.Option("--move", help="Move spam there.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Copy it there, with the scanner's report; with --move, move it.")
    ] = False,
    folder: Annotated[
        str | None, typer.Option("--folder", metavar="NAME", help="The folder for spam; by default the Junk folder.")
    ] = None,
    flag: Annotated[bool, typer.Option("--flag", help="Flag spam in the inbox.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Mark spam in the inbox as deleted.")] = False,
    expunge: Annotated[bool, typer.Option("--expunge", help="Remove what --delete marked, and nothing else.")] = False,
    certain: Annotated[
        CertainAction | None, typer.Option("--certain", help="What to do with certain spam instead.")
    ] = None,
    spam_score: Annotated[
        float | None, typer.Option("--spam-score", metavar="N", help="The score from which mail is spam.")
    ] = None,
    certain_score: Annotated[
        float | None, typer.Option("--certain-score", metavar="N", help="The score from which mail is certain spam.")
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option(
            "--max-size", metavar="BYTES", min=1, max=MAX_SCANNED_BYTES, help="Larger messages are not scanned."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=0, help="At most this many, newest first; 0: all.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also scan what was seen before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")] = False,
    teach_only: Annotated[bool, typer.Option("--teach-only", help="Teach the scanners, scan nothing.")] = False,
    exitcodes: Annotated[
        bool,
        typer.Option(
            "--exitcodes",
            help="0 no new mail, 1 no spam, 2 all spam, 3 both, 10 wrong arguments, 11 IMAP, 12 scanner, 30 locked, "
            "74 nothing can be remembered, 78 configuration.",
        ),
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Sort the spam out of an inbox that has no filter.

    New mail is scanned; nothing is changed unless asked for. Ends with 1 if a server or scanner failed.
    """
    wishes = Wishes(copy=copy, move=move, report=report, flag=flag, delete=delete, expunge=expunge, certain=certain)
    given = {"spam_folder": folder, "spam_score": spam_score, "certain_score": certain_score}
    given |= {"max_bytes": max_size, "limit": limit}
    configured = settings(context, config)
    with _told_by_code(asked=exitcodes):
        mailboxes = [_mailbox(configured, name, given, wishes) for name in dict.fromkeys(names)]
    runs: list[Run] = []
    try:
        for mailbox in mailboxes:
            with _told_by_code(asked=exitcodes), _watched(shown=not json_output and sys.stderr.isatty()) as watch:
                done = _run(configured, mailbox, wishes, watch, dry_run=dry_run, again=again, teach_only=teach_only)
            runs.append(done)
            if not json_output:
                typer.echo("\n".join(words(done, dry_run=dry_run)))
    finally:  # also where a mailbox can't be scanned: those before it were
        if json_output and runs:
            typer.echo(json.dumps([as_table(one, dry_run=dry_run) for one in runs]))
    raise typer.Exit(exit_code(runs, told_by_codes=exitcodes))


def _mailbox(configured: Settings, name: str, given: dict[str, Any], wishes: Wishes) -> Mailbox:
    """The mailbox called `name`, with the command line's words over its own. Raises BadParameter."""
    from pydantic import ValidationError

    found = configured.mailbox(name)
    if found is None:
        known = ", ".join(one.name for one in configured.mailboxes) or "none"
        raise typer.BadParameter(f"no mailbox is called {name!r}; configured: {known}", param_hint="NAME")
    if found.protocol != "imap":
        raise typer.BadParameter(f"{found.name} is read by POP3, which can't move or mark mail", param_hint="NAME")
    over = {key: value for key, value in given.items() if value is not None}
    try:
        changed = Scan.model_validate({**found.scan.model_dump(), **over})
    except ValidationError as error:
        raise typer.BadParameter(first(error)) from None
    if (why := wishes.contradiction()) is not None:
        raise typer.BadParameter(why)
    if wishes.certain is not None and changed.certain_score is None:
        raise typer.BadParameter(
            "--certain needs the score from which spam is certain: give --certain-score, or set certain_score"
        )
    return found.model_copy(update={"scan": changed})


def _run(
    configured: Settings,
    mailbox: Mailbox,
    wishes: Wishes,
    watch: "Watch",
    *,
    dry_run: bool,
    again: bool,
    teach_only: bool,
) -> "Run":
    from trapline.config.mailbox_secrets import SecretCommandFailed, login
    from trapline.mailboxes.scan_job import Job, Trouble
    from trapline.mailboxes.scan_run import Run, run
    from trapline.mailboxes.scan_seen import seen

    own_networks = NetworkSet(configured.internal_networks)
    with ExitStack() as stack:
        try:
            secret = login(mailbox)
            names = mailbox.scan.teachers if teach_only else mailbox.scan.scanners
            scanners = {name: _scanner(configured, name, stack) for name in names}
        except SecretCommandFailed as error:
            return Run(mailbox.name, ended_by=Trouble("imap", str(error)))
        job = Job(
            settings=mailbox.scan,
            scanners=scanners,
            wishes=wishes,
            see=lambda message: seen(message, mailbox, own_networks),
            clock=utc_now,
            dry_run=dry_run,
            again=again,
        )
        return run(mailbox, secret, job, configured.mailbox_state.directory, watch, teach_only=teach_only)


def _scanner(configured: Settings, name: ScannerName, stack: ExitStack) -> "Scanner":
    """The scanner called `name`; what has to be closed is left to `stack`. Raises ConfigError."""
    from trapline.config.secrets import rspamd_password

    if name == "spamd":
        from trapline.filters.spamd import Spamd

        return Spamd(configured.filters.spamd)
    if name == "rspamd":
        from trapline.filters.rspamd import Rspamd

        return Rspamd(configured.filters.rspamd, rspamd_password(configured))
    from contextlib import closing

    from trapline.cli.engine import engine
    from trapline.mailboxes.scan_zones import Zones

    asking = stack.enter_context(closing(engine(configured)))
    return Zones(configured, asking, lambda line: typer.echo(f"trapline: {line}", err=True))


@contextmanager
def _watched(*, shown: bool) -> Iterator["Watch"]:
    """Gives a function that is told of each message; a progress bar on the terminal tells the user."""
    if not shown:
        yield lambda _one, _number, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("connecting", total=None)
        yield lambda one, number, of: bar.update(task, description=progress_label(one), completed=number, total=of)
