"""How `trapline status` prints what it saw: as text, again and again, or as JSON."""

from contextlib import redirect_stdout
from dataclasses import asdict, fields
from datetime import UTC
from io import StringIO
from typing import TYPE_CHECKING

import typer

from trapline.cli.output import as_json, counted, moment, printed_table
from trapline.cli.status_look import Folder, Look, why_no_lookups, why_nothing_is_submitted
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.reporter.learning.overview import Counts as Learning
    from trapline.reporter.listing.overview import Counts
    from trapline.reporter.overview.latest import Latest
    from trapline.reporter.overview.standing import Caught, KindCounts, Lookups, NetworkHits, Queue, Standing, TrapHits
    from trapline.reporter.submission.lead import Lead

LABELS = 20  #: of traps that are shown; all of them are in the JSON


def look_json(look: Look, configured: Settings) -> str:
    """All of it, as JSON."""
    from trapline.reporter.overview.standing import Standing

    found = look.standing
    known = dict.fromkeys(field.name for field in fields(Standing)) if found is None else asdict(found)
    off = {"lookups_off": why_no_lookups(configured), "submitting_off": why_nothing_is_submitted(configured)}
    return as_json({"folders": [asdict(folder) for folder in look.folders]} | off | known)


def print_all(look: Look, configured: Settings) -> None:
    """As text, for a person."""
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


def watched(look: Look, configured: Settings, every: float) -> str:
    """The same as text, with the time and what came last."""
    with redirect_stdout(StringIO()) as text:
        typer.echo(f"trapline, {look.at:%Y-%m-%d %H:%M:%S} UTC; every {every:g} s, q or Ctrl-C ends it\n")
        print_all(look, configured)
    return text.getvalue()


def _print(found: "Standing", configured: Settings) -> None:
    messages = counted(found.messages, "caught message", "caught messages")
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
    messages = counted(caught.in_24_hours, "message", "messages")
    typer.echo(f"\nCaught: {messages} in the last 24 hours{last}.")


def _print_latest(latest: "tuple[Latest, ...]") -> None:
    columns = ("time (UTC)", "client", "trap", "reported")
    with printed_table(*columns, fold=("client", "trap"), right=("reported",)) as row:
        for one in latest:
            row(one.at.astimezone(UTC).strftime("%H:%M:%S"), one.client or "-", ", ".join(one.labels), one.reported)


def _print_queue(queue: "Queue", configured: Settings) -> None:
    limits = configured.spamhaus
    typer.echo(f"Queue: {queue.queued} to be sent, {queue.waiting} waiting for another try.", nl=False)
    typer.echo(f" {queue.sent_in_24_hours} of {limits.per_day} requests were used in the last 24 hours.")
    off = why_nothing_is_submitted(configured)
    if off is not None:
        typer.echo(f"Nothing is submitted: {off}.")
    if queue.paused_until is not None:
        typer.echo(f"After a failure, sending is paused until {moment(queue.paused_until)} UTC.")
    if queue.trouble is not None and (queue.queued or queue.waiting):
        typer.echo(f"The last try failed: {printable(queue.trouble)}.")


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
    typer.echo(
        "\nOur lead: what was not listed when we reported it, and the time within which half of the listings came:\n"
    )
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
    off = why_no_lookups(configured)
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


def _print_learning(found: "Learning", configured: Settings) -> None:
    """Nothing where nothing was ever learned, nor is to be."""
    learning = configured.learning
    if learning.filter == "off" and not (found.learned or found.to_undo):
        return
    off = " It is off now (learning.filter)." if learning.filter == "off" else ""
    used = f"{found.begun_in_24_hours} of {learning.per_day} a day were used in the last 24 hours"
    typer.echo(f"\nThe spam filter has learned {found.learned} messages, {found.due} are to be learned; {used}.{off}")
    if found.to_undo:
        typer.echo(f"{counted(found.to_undo, 'is', 'are')} to be forgotten, or learned as ham.")
    if found.waiting:
        typer.echo(f"{counted(found.waiting, 'waits', 'wait')} for an answer: trapline learn review")


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
            "(providers, bounces, newsletters): somebody has given their addresses away. It is best to replace them."
        )


def _print_networks(networks: "tuple[NetworkHits, ...]") -> None:
    numbers = ("messages", "clients")
    with printed_table("network", *numbers, "last (UTC)", "whose", fold=("whose",), right=numbers) as row:
        for one in networks:
            row(one.network, one.hits, one.clients, moment(one.last), one.whose or "")
