"""`trapline learn`: what the spam filter learns of caught mail: answer, look, undo. The reporter does it."""

import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trapline.cli.command import App
from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json, counted, moment, past_limit, printed_table
from trapline.cli.store import existing_store, reading
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trapline.reporter.learning.overview import Shown
    from trapline.reporter.learning.wishes import Answer
    from trapline.reporter.storage.store import Store

app = App(help="Say what the spam filter may learn, and undo it.", no_args_is_help=True)

# Those of learning/lessons.py, which loads the database's libraries; tests/cli/test_states.py holds them together.
StateOption = Literal[
    "caught", "left", "waiting", "declined", "due", "unfit", "learned", "to_forget", "forgotten", "to_ham", "ham"
]
Ids = Annotated[list[str], typer.Argument(metavar="ID", help="As `learn review` and `learn list` show them.")]

_LATER_IF_EVER = 'The reporter does it once a filter is taught again: learning.filter is "off" now.'
_UNTAUGHT = 'no filter is taught (learning.filter = "off")'
_ANSWERS = "y: yes, learn it, n: no, s: skip for now, q: quit"


@app.command()
def review(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many at most.")] = 50,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the messages that wait for an answer, and ask at a terminal.

    Without a terminal they are only listed: answer with `learn yes` and `learn no`.
    """
    from trapline.reporter.learning.overview import shown

    configured = settings(context, config)
    with existing_store(configured) as store:
        found: list[Shown] = []
        if store is not None:
            with store.reading() as db:
                found = shown(db, ["waiting"], limit + 1, oldest_first=True)
        if json_output:
            typer.echo(as_json([asdict(one) for one in found[:limit]]))
        elif not found or store is None:
            typer.echo(_nothing_waits(configured))
        elif sys.stdin.isatty():
            _ask(store, found[:limit])
        else:
            _print_all(found[:limit], past_limit(found, limit))


@app.command()
def yes(context: typer.Context, ids: Ids, json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Let the filter learn these messages as spam.

    Ends with 1 if one of them does not wait for an answer.
    """
    from trapline.reporter.learning import wishes

    _wish(settings(context, config), ids, wishes.learn, json_output=json_output)


@app.command()
def no(context: typer.Context, ids: Ids, json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Don't let the filter learn these messages.

    Ends with 1 if one of them does not wait for an answer.
    """
    from trapline.reporter.learning import wishes

    _wish(settings(context, config), ids, wishes.decline, json_output=json_output)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[StateOption | None, typer.Option("--state", help="Only messages in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many at most.")] = 50,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List what was learned or is to be, the last change first.

    With --state also what was not learned, and why.
    """
    from trapline.reporter.learning.lessons import KNOWN
    from trapline.reporter.learning.overview import shown
    from trapline.reporter.learning.wishes import in_words

    configured = settings(context, config)
    wanted = (state,) if state else (*KNOWN, "waiting", "due", "unfit", "declined", "forgotten")
    with reading(configured) as db:
        found = [] if db is None else shown(db, wanted, limit + 1)
    if json_output:
        typer.echo(as_json([asdict(one) for one in found[:limit]]))
        return
    if found:
        folded = ("from", "subject", "state")
        with printed_table("changed (UTC)", "id", "from", "subject", "state", fold=folded) as row:
            for one in found[:limit]:
                words = in_words(one.state) + (f": {one.why}" if one.why else "")
                row(moment(one.changed), one.id, one.sender or "", one.subject or "", words)
    why = f": {_UNTAUGHT}" if not found and configured.learning.filter == "off" else ""
    typer.echo(f"{counted(len(found[:limit]), 'message', 'messages')}{past_limit(found, limit)}{why}")


@app.command()
def undo(
    context: typer.Context,
    ids: Ids,
    as_ham: Annotated[bool, typer.Option("--as-ham", help="Teach the filter that it is not spam.")] = False,
    sender: Annotated[
        bool, typer.Option("--sender", help="Also undo all messages with the same From address as one of these.")
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make the filter forget messages that it learned by mistake.

    Nothing more is learned from their senders. Ends with 1 if one of them can't be undone.
    """
    from trapline.reporter.learning import wishes

    configured = settings(context, config)
    pupil = configured.learning.filter

    def wish(db: "sa.Connection", one: str, now: datetime) -> "Answer":
        return wishes.undo(db, one, pupil, now, as_ham=as_ham)

    _wish(configured, ids, wish, json_output=json_output, of_sender=sender)


def _wish(
    configured: Settings,
    ids: list[str],
    wish: "Callable[[sa.Connection, str, datetime], Answer]",
    *,
    json_output: bool,
    of_sender: bool = False,
) -> None:
    """Ask the reporter for the same about each message; say what becomes of it."""
    from trapline.reporter.learning import wishes

    answers: list[Answer] = []
    with existing_store(configured) as store:
        if store is None:
            answers = [wishes.unknown(one) for one in ids]
        else:
            now = datetime.now(UTC)
            with store.writing() as db:
                every = [*ids, *(other for one in ids if of_sender for other in wishes.of_the_same_sender(db, one))]
                answers = [wish(db, one, now) for one in dict.fromkeys(every)]
    if configured.learning.filter == "off":
        answers = [_with_the_reason(one) for one in answers]
    if json_output:
        typer.echo(as_json([asdict(one) for one in answers]))
    else:
        for one in answers:
            typer.echo(f"{printable(one.message_id)}: {one.words}")
        if any(one.due for one in answers):
            off = configured.learning.filter == "off"
            typer.echo(_LATER_IF_EVER if off else "The reporter does it in its next rounds.")
    raise typer.Exit(0 if all(one.done for one in answers) else 1)


def _with_the_reason(answer: "Answer") -> "Answer":
    """Why no message is known, where no filter is taught."""
    from trapline.reporter.learning import wishes

    is_unknown = answer == wishes.unknown(answer.message_id)
    return replace(answer, words=f"{answer.words}: {_UNTAUGHT}") if is_unknown else answer


def _ask(store: "Store", found: "list[Shown]") -> None:
    """Message by message; each answer counts at once."""
    from trapline.reporter.learning import wishes

    for number, one in enumerate(found, 1):
        _print(one)
        answer = _letter(f"{number} of {len(found)}: spam? ({_ANSWERS})")
        if answer == "q":
            return
        if answer == "s":
            continue
        with store.writing() as db:
            said = (wishes.learn if answer == "y" else wishes.decline)(db, one.id, datetime.now(UTC))
        typer.echo(f"{said.words}\n")


def _letter(question: str) -> str:
    """The answer; the question is asked until there is one."""
    while True:
        letter = str(typer.prompt(question, default="s", show_default=False)).strip().lower()[:1]
        if letter in {"y", "n", "s", "q"}:
            return letter


def _print_all(found: "list[Shown]", more: str) -> None:
    for one in found:
        _print(one)
    wait = counted(len(found), "waits", "wait")
    typer.echo(f"{wait} for an answer: trapline learn yes ID…, or trapline learn no ID…{more}")


def _print(one: "Shown") -> None:
    facts = {
        "id": one.id,
        "received": f"{moment(one.received)} UTC",
        "from": one.sender or "not shown: it names nobody, or us",
        "client": one.client or "unknown",
        "traps": ", ".join(one.traps),
        "subject": one.subject or "none",
        "text": one.text or "none",
    }
    for name, value in facts.items():
        typer.echo(f"{name + ':':<11}{printable(value)}")
    typer.echo()


def _nothing_waits(configured: Settings) -> str:
    if configured.learning.filter == "off":
        return f"nothing waits: {_UNTAUGHT}"
    if configured.learning.mode == "auto":
        return 'nothing waits: the filter learns without asking (learning.mode = "auto")'
    return "nothing waits for an answer"
