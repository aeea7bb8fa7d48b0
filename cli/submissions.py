"""`trapline submissions`: what was submitted, what the portal answered, and what Spamhaus made of it."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import counted, moment, past_limit, print_list, printed_table
from trapline.cli.store import existing_store
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.submission.portal_list import ReviewState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trapline.reporter.submission.submitted import LookedUp, Review, Submitted

# Those of submission/queue.py, which loads the database's libraries; tests/cli/test_states.py holds them together.
State = Literal["queued", "sending", "waiting", "accepted", "known", "refused", "dropped"]


def submissions(  # noqa: PLR0913, PLR0917  each is an option of the command
    context: typer.Context,
    kind: Annotated[IndicatorKind | None, typer.Option("--type", help="Only submissions of this type.")] = None,
    state: Annotated[State | None, typer.Option("--state", help="Only those in this state.")] = None,
    review: Annotated[
        ReviewState | None,
        typer.Option(
            "--review", help="Only those that Spamhaus has not looked at, has checked but not listed, or lists."
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--listed", help="Only those that the portal or a DQS zone lists.")] = False,
    value: Annotated[
        str | None, typer.Option("--value", metavar="TEXT", help="Only those with this in the address, domain or URL.")
    ] = None,
    message: Annotated[str | None, typer.Option("--message", metavar="ID", help="Only those of this message.")] = None,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, max=36_500, help="Only those of the last N days.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1_000_000, help="How many at most, newest first.")
    ] = 50,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List what was submitted, newest first, and what came of it."""
    from trapline.reporter.submission.submitted import Filter, matching, submitted

    configured = settings(context, config)
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    wanted = Filter(
        kind=kind, state=state, review=review, listed=listed, containing=value, message_id=message, since=since
    )
    with existing_store(configured) as store:
        numbers: Sequence[int] = ()
        found: Iterator[Submitted] = iter(())
        if store is not None:
            with store.reading() as db:
                numbers = matching(db, wanted, limit + 1)
            found = submitted(store, numbers[:limit])
        if json_output:
            print_list(asdict(one) for one in found)
            return
        shown = _print(found) if numbers else 0
    typer.echo(f"{counted(shown, 'submission', 'submissions')}{past_limit(numbers, limit)}")


def _print(found: "Iterator[Submitted]") -> int:
    """A table of them; how many there were."""
    shown = 0
    with printed_table(
        "queued", "type", "what", "what came of it", "message", fold=("what", "what came of it", "message")
    ) as row:
        for one in found:
            what = "mail sample" if one.value is None else one.value
            sent = one.state if one.answer is None else f"{one.state}: {one.answer}"
            came = what_came(one.review, one.looked_up, sent)
            row(f"{one.queued_at:%Y-%m-%d}", one.kind, what, came, one.message_id)
            shown += 1
    return shown


def what_came(review: "Review | None", looked_up: "LookedUp | None", sent: str) -> str:
    """What Spamhaus made of a submission and what the zones say; where neither is known yet, how it was `sent`."""
    return "; ".join(filter(None, (_reviewed(review) or sent, _zones(looked_up))))


def _zones(found: "LookedUp | None") -> str:
    """What our own lookups found; nothing where they found nothing."""
    if found is None or not found.codes:
        return ""
    if found.at_hit:
        return f"listed at the hit: {', '.join(found.codes)}"
    since = "" if found.listed_at is None else moment(found.listed_at)
    codes = ", ".join(found.codes)
    return f"already listed: {codes}, seen {since}" if found.clear_at is None else f"listed by {since}: {codes}"


def _reviewed(review: "Review | None") -> str:
    """What Spamhaus made of a submission; nothing where it is not known."""
    if review is None:
        return ""
    since = "" if review.listed_since is None else moment(review.listed_since)
    datasets = ", ".join(review.datasets)
    match review.state:
        case "listed":
            return f"listed: {datasets}, since {since}"
        case "checked":
            return f"no longer listed (was: {datasets}, since {since})" if since else "checked, not listed"
        case "pending":
            return "not checked yet"
