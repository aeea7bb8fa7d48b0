"""`trapline status`: how mail, queue, submissions and traps stand."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json, moment, printed_table
from trapline.config.errors import ConfigError
from trapline.config.missing import is_missing
from trapline.config.printable import printable
from trapline.config.secrets import dqs_key, spamhaus_token, store_url
from trapline.config.settings import Settings
from trapline.spool.maildir import FAILED, Maildir, SpoolError

if TYPE_CHECKING:
    from trapline.reporter.learning.overview import Counts as Learning
    from trapline.reporter.listing.overview import Counts
    from trapline.reporter.overview.latest import Latest
    from trapline.reporter.overview.standing import Caught, KindCounts, Lookups, NetworkHits, Queue, Standing, TrapHits
    from trapline.reporter.submission.lead import Lead

LABELS = 20  #: of traps that are shown; all of them are in the JSON
LATEST = 8  #: messages that who watches sees


@dataclass(frozen=True, slots=True)
class Folder:
    """One Maildir of caught mail. The counts are None where the folder can't be read."""

    name: str
    path: str
    waiting: int | None = None  #: to be taken in
    waiting_seconds: float | None = None  #: how long the oldest of these has waited; None where there is none
    kept: int | None = None  #: taken in
    failed: int | None = None  #: could not be read
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look gave."""

    at: datetime
    folders: tuple[Folder, ...]
    standing: "Standing | None"  #: None: there is no store yet
    latest: "tuple[Latest, ...]" = ()  #: the messages that came last; only for who watches


def status(
    context: typer.Context,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again; q or Ctrl-C ends it.")] = False,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=0.5, max=86_400, help="How often, with --watch.")
    ] = 2.0,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print metrics, for node_exporter's textfile collector.")
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show how mail, queue, submissions and traps stand.

    And what Spamhaus made of the submissions of the last 30 days. With --watch also what comes in; where the output is
    no terminal it is printed each time, one after the other.
    """
    configured = settings(context, config)
    if prometheus and (json_output or watch):
        raise typer.BadParameter("--prometheus is neither --json nor --watch: it is one text for a file")
    with _looking(configured, LATEST if watch else 0) as look:
        if watch:
            from trapline.cli.watch import watch as show

            show(lambda: _json(look(), configured) if json_output else _watched(look(), configured, every), every)
        elif prometheus:
            from trapline.cli.status_metrics import as_metrics

            typer.echo(as_metrics(look(), configured), nl=False)
        elif json_output:
            typer.echo(_json(look(), configured))
        else:
            _print_all(look(), configured)


@contextmanager
def _looking(configured: Settings, latest_messages: int) -> "Iterator[Callable[[], Look]]":
    """Gives a function that looks; the store is opened once, as soon as there is one."""
    from trapline.reporter.overview.latest import latest
    from trapline.reporter.overview.standing import standing
    from trapline.reporter.storage.store import Store

    url = store_url(configured)
    with ExitStack() as stack:
        opened: Store | None = None

        def look() -> Look:
            nonlocal opened
            now, folders = datetime.now(UTC), tuple(_folders(configured))
            if opened is None and Store.exists(url):
                opened = stack.enter_context(closing(Store.open(url)))
            if opened is None:
                return Look(now, folders, None)
            with opened.reading() as db:
                return Look(now, folders, standing(db, now), latest(db, latest_messages) if latest_messages else ())

        yield look


def _json(look: Look, configured: Settings) -> str:
    from trapline.reporter.overview.standing import Standing

    found = look.standing
    known = dict.fromkeys(field.name for field in fields(Standing)) if found is None else asdict(found)
    off = {"lookups_off": _why_no_lookups(configured), "submitting_off": why_nothing_is_submitted(configured)}
    return as_json({"folders": [asdict(folder) for folder in look.folders]} | off | known)


def _watched(look: Look, configured: Settings, every: float) -> str:
    """The same as text, with the time and what came last."""
    with redirect_stdout(StringIO()) as text:
        typer.echo(f"trapline, {look.at:%Y-%m-%d %H:%M:%S} UTC; every {every:g} s, q or Ctrl-C ends it\n")
        _print_all(look, configured)
    return text.getvalue()


def _print_all(look: Look, configured: Settings) -> None:
    _print_folders(look.folders)
    if look.standing is None:
        typer.echo("\nThe reporter has kept nothing yet: there is no store.")
        return
    _print_caught(look.standing.caught)
    _print_queue(look.standing.queue, configured)
    if look.latest:
        typer.echo("\nThe last messages:\n")
        _print_latest(look.latest)
    _print(look.standing, configured)


def _folders(configured: Settings) -> "list[Folder]":
    spool, fallback = configured.spool.directory, configured.traps.fallback
    found = [_folder("spool", spool)]
    if "fallback" in configured.traps.model_fields_set or not is_missing(fallback):
        found.append(_folder("fallback", fallback))
    return found


def _folder(name: str, path: Path) -> Folder:
    try:
        maildir = Maildir(path)
        new = list(maildir.new())
        failed = sum(1 for _ in maildir.failed.new()) if (path / FAILED).is_dir() else 0
        return Folder(name, str(path), len(new), _oldest(new), sum(1 for _ in maildir.cur()), failed)
    except SpoolError as error:
        return Folder(name, str(path), problem=str(error))
    except OSError as error:
        return Folder(name, str(path), problem=f"{path}: {error.strerror}")


def _oldest(new: list[Path]) -> float | None:
    """How many seconds ago the first of the messages came; one that is taken meanwhile waits no more."""
    try:
        return max(0.0, time.time() - new[0].stat().st_mtime) if new else None
    except FileNotFoundError:
        return None


def _print(found: "Standing", configured: Settings) -> None:
    messages = f"{found.messages} caught message{'' if found.messages == 1 else 's'}"
    typer.echo(f"\nThe last 30 days: {messages}; submissions, and what Spamhaus made of them:\n")
    _print_kinds(found.kinds)
    if found.portal is None:
        typer.echo("\nThe portal has not been asked yet what it made of them.")
    else:
        total, matched = found.portal.total, found.portal.matched
        typer.echo(f"\nThe portal counts {matched} of {total} as matched (asked {moment(found.portal.at)} UTC).")
    _print_lead(found.lead)
    _print_lookups(found.lookups, configured)
    _print_learning(found.learning, configured)
    typer.echo(f"\n{_blocklist(found.blocklist, configured)}")
    if found.traps:
        typer.echo("\nTraps, by the messages that hit them in 30 days:\n")
        _print_traps(found.traps)
        _print_burnt(found.traps)
    if found.networks:
        typer.echo("\nNetworks with the most hits in 30 days:\n")
        _print_networks(found.networks)


def _print_folders(folders: tuple[Folder, ...]) -> None:
    numbers = ("to take in", "taken in", "unreadable")
    with printed_table("mail", *numbers, "where", fold=("where",), right=numbers) as row:
        for one in folders:
            counts = ("?" if count is None else count for count in (one.waiting, one.kept, one.failed))
            row(one.name, *counts, one.problem or one.path)


def _print_caught(caught: "Caught") -> None:
    last = "" if caught.last is None else f", the last one {moment(caught.last)} UTC"
    messages = f"{caught.in_24_hours} message{'' if caught.in_24_hours == 1 else 's'}"
    typer.echo(f"\nCaught: {messages} in 24 hours{last}.")


def _print_latest(latest: "tuple[Latest, ...]") -> None:
    columns = ("time (UTC)", "client", "trap", "reported")
    with printed_table(*columns, fold=("client", "trap"), right=("reported",)) as row:
        for one in latest:
            row(one.at.astimezone(UTC).strftime("%H:%M:%S"), one.client or "-", ", ".join(one.labels), one.reported)


def _print_queue(queue: "Queue", configured: Settings) -> None:
    limits = configured.spamhaus
    typer.echo(f"Queue: {queue.queued} to be sent, {queue.waiting} waiting for another try.", nl=False)
    typer.echo(f" {queue.sent_in_24_hours} of {limits.per_day} requests were used in 24 hours.")
    off = why_nothing_is_submitted(configured)
    if off is not None:
        typer.echo(f"Nothing is submitted: {off}.")
    if queue.paused_until is not None:
        typer.echo(f"Sending waits until {moment(queue.paused_until)} UTC, after a failure.")
    if queue.trouble is not None and (queue.queued or queue.waiting):
        typer.echo(f"When it was last tried: {printable(queue.trouble)}.")


def why_nothing_is_submitted(configured: Settings) -> str | None:
    """None: things are, as far as can be seen from here."""
    if configured.spamhaus.dry_run:
        return "spamhaus.dry_run is set"
    try:
        if spamhaus_token(configured) is None:
            return f"there is no token ({configured.spamhaus.token_file})"
    except ConfigError:
        pass  # the token is the reporter's; who else asks need not be able to read it
    return None


def _print_kinds(kinds: "tuple[KindCounts, ...]") -> None:
    numbers = ("submitted", "listed", "checked", "pending", "known before", "refused")
    with printed_table("type", *numbers, right=numbers) as row:
        for one in kinds:
            counts = (one.submitted, one.listed, one.checked, one.pending, one.known, one.refused)
            row(one.kind, *counts)


def _print_lead(leads: "tuple[Lead, ...]") -> None:
    """Nothing where nothing was listed yet."""
    if not any(one.listed or one.already for one in leads):
        return
    typer.echo("\nOur lead: what was not listed when we reported it, and how long after that it was (half of it):\n")
    numbers = ("not listed", "then listed", "share", "within", "listed before")
    with printed_table("type", *numbers, right=numbers) as row:
        for one in leads:
            share = "" if one.share is None else f"{one.share:.0%}"
            within = "" if one.median_seconds is None else _length(one.median_seconds)
            row(one.kind, one.new, one.listed, share, within, one.already)


def _length(seconds: float) -> str:
    """A length of time in a unit that fits.

    >>> _length(90 * 60), _length(40 * 3600), _length(3 * 86400)
    ('90 min', '40 h', '3.0 d')
    """
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.1f} d"


def _print_lookups(found: "Lookups", configured: Settings) -> None:
    off = _why_no_lookups(configured)
    if off is not None:
        typer.echo(f"\nWhat we report is not looked up in the DQS zones: {off}.")
        return
    from trapline.reporter.submission.follower import allowance

    used = f"{found.questions_today} of {allowance(configured.dqs)} questions were used today"
    typer.echo(
        f"\nOur own lookups in the DQS zones: {found.followed} submissions are followed, {found.due} due; {used}."
    )


def _blocklist(found: "Counts", configured: Settings) -> str:
    held = f", {found.held} held (see trapline blocklist list --held)" if found.held else ""
    off = "" if configured.blocklist.enabled else "; blocklist.enabled is false: no more are added"
    return f"The local blocklist: {found.listed} listed{held}{off}."


def _why_no_lookups(configured: Settings) -> str | None:
    """None: they are made, as far as can be seen from here (another user may read the key)."""
    if not configured.reporter.follow_listings:
        return "reporter.follow_listings is off"
    try:
        return None if dqs_key(configured) is not None else f"there is no DQS key ({configured.dqs.key_file})"
    except ConfigError as error:
        return str(error)


def _print_learning(found: "Learning", configured: Settings) -> None:
    """Nothing where nothing was ever learned, nor is to be."""
    learning = configured.learning
    if learning.filter == "off" and not (found.learned or found.to_undo):
        return
    off = " It is off now (learning.filter)." if learning.filter == "off" else ""
    used = f"{found.begun_in_24_hours} of {learning.per_day} were in 24 hours"
    typer.echo(f"\nThe spam filter has learned {found.learned} messages, {found.due} are to be learned; {used}.{off}")
    if found.to_undo:
        typer.echo(f"{found.to_undo} are to be forgotten, or learned as ham.")
    if found.waiting:
        wait = "waits" if found.waiting == 1 else "wait"
        typer.echo(f"{found.waiting} {wait} for an answer: trapline learn review")


def _print_traps(traps: "tuple[TrapHits, ...]") -> None:
    with printed_table("label", "kind", "messages", "last (UTC)", fold=("label",), right=("messages",)) as row:
        for one in traps[:LABELS]:
            row(one.label, one.kind, one.hits, moment(one.last))
    if len(traps) > LABELS:
        typer.echo(f"\nand {len(traps) - LABELS} more labels: see trapline report, or --json")


def _print_burnt(traps: "tuple[TrapHits, ...]") -> None:
    burnt = ", ".join(f'"{printable(one.label)}" ({one.spared} of {one.hits})' for one in traps if one.burnt)
    if burnt:
        typer.echo(
            f"\nBurnt or planted: {burnt}. Most of what hits these traps comes from senders who are never listed here\n"
            "(providers, bounces, newsletters): somebody has given their addresses away. Better replace them."
        )


def _print_networks(networks: "tuple[NetworkHits, ...]") -> None:
    numbers = ("messages", "clients")
    with printed_table("network", *numbers, "last (UTC)", "whose", fold=("whose",), right=numbers) as row:
        for one in networks:
            row(one.network, one.hits, one.clients, moment(one.last), one.whose or "")
