"""`trapline status`: how mail, queue, submissions and traps stand."""

from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

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
    from trapline.reporter.lead import Lead
    from trapline.reporter.learning.overview import Counts as Learning
    from trapline.reporter.listing.overview import Counts
    from trapline.reporter.standing import KindCounts, Lookups, NetworkHits, Queue, Standing, TrapHits


@dataclass(frozen=True, slots=True)
class Folder:
    """One Maildir of caught mail. The counts are None where the folder can't be read."""

    name: str
    path: str
    waiting: int | None = None  #: to be taken in
    kept: int | None = None  #: taken in
    failed: int | None = None  #: could not be read
    problem: str | None = None


def status(context: typer.Context, json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Show how mail, queue, submissions and traps stand.

    And what Spamhaus made of the submissions of the last 30 days.
    """
    from trapline.reporter.standing import Standing, standing
    from trapline.reporter.store import Store

    configured = settings(context, config)
    url = store_url(configured)
    folders = tuple(_folders(configured))
    found = None
    if Store.exists(url):
        with closing(Store.open(url)) as store, store.reading() as db:
            found = standing(db, datetime.now(UTC))
    if json_output:
        known = dict.fromkeys(field.name for field in fields(Standing)) if found is None else asdict(found)
        off = {"lookups_off": _why_no_lookups(configured), "submitting_off": _why_nothing_is_submitted(configured)}
        table = {"folders": [asdict(folder) for folder in folders]} | off
        typer.echo(as_json(table | known))
        return
    _print_folders(folders)
    if found is None:
        typer.echo("\nThe reporter has kept nothing yet: there is no store.")
    else:
        _print(found, configured)


def _folders(configured: Settings) -> "list[Folder]":
    spool, fallback = configured.spool.directory, configured.traps.fallback
    found = [_folder("spool", spool)]
    if "fallback" in configured.traps.model_fields_set or not is_missing(fallback):
        found.append(_folder("fallback", fallback))
    return found


def _folder(name: str, path: Path) -> Folder:
    try:
        failed = _count(path / FAILED, "new") if (path / FAILED).is_dir() else 0
        return Folder(name, str(path), _count(path, "new"), _count(path, "cur"), failed)
    except SpoolError as error:
        return Folder(name, str(path), problem=str(error))
    except OSError as error:
        return Folder(name, str(path), problem=f"{path}: {error.strerror}")


def _count(path: Path, folder: str) -> int:
    maildir = Maildir(path)
    return sum(1 for _ in (maildir.new() if folder == "new" else maildir.cur()))


def _print(found: "Standing", configured: Settings) -> None:
    _print_queue(found.queue, configured)
    typer.echo(f"\nThe last 30 days: {found.messages} caught messages; submissions, and what Spamhaus made of them:\n")
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


def _print_queue(queue: "Queue", configured: Settings) -> None:
    limits = configured.spamhaus
    typer.echo(f"\nQueue: {queue.queued} to be sent, {queue.waiting} waiting for another try.", nl=False)
    typer.echo(f" {queue.sent_in_24_hours} of {limits.per_day} requests were used in 24 hours.")
    off = _why_nothing_is_submitted(configured)
    if off is not None:
        typer.echo(f"Nothing is submitted: {off}.")
    if queue.paused_until is not None:
        typer.echo(f"Sending waits until {moment(queue.paused_until)} UTC, after a failure.")
    if queue.trouble is not None and (queue.queued or queue.waiting):
        typer.echo(f"When it was last tried: {printable(queue.trouble)}.")


def _why_nothing_is_submitted(configured: Settings) -> str | None:
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
    from trapline.reporter.follower import allowance

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
        typer.echo(f"{found.waiting} wait for an answer: trapline learn review")


def _print_traps(traps: "tuple[TrapHits, ...]") -> None:
    with printed_table("label", "kind", "messages", "last (UTC)", fold=("label",), right=("messages",)) as row:
        for one in traps:
            row(one.label, one.kind, one.hits, moment(one.last))


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
