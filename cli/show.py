"""`trapline show ID`: one caught message, what was decided about it and why, and what came of it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trapline.cli.blocklist_output import outcome
from trapline.cli.content import facts as content_facts
from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json, moment, printed_table
from trapline.cli.store import reading
from trapline.cli.submissions import what_came
from trapline.config.printable import printable

if TYPE_CHECKING:
    from trapline.reporter.listing.overview import PastHit
    from trapline.reporter.overview.recall import Recalled, RecalledMessage


def show(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="As in the milter's log line `trapped` (id=…).")],
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what was seen and decided in a caught message, and why.

    Ends with 1 if there is no message with this ID.
    """
    from trapline.reporter.overview.recall import recall
    from trapline.reporter.retention import maildirs

    configured = settings(context, config)
    with reading(configured) as db:
        found = None if db is None else recall(db, identity)
    if found is None:
        typer.echo(f'no message with the ID "{printable(identity)}" has been taken in (yet)', err=True)
        raise typer.Exit(1)
    if json_output:
        typer.echo(as_json(asdict(found)))
    else:
        places = (maildir.find(found.file) for maildir in maildirs(configured))
        _print(found, next((path for path in places if path is not None), Path(found.file)))


def _print(found: "RecalledMessage", file: Path) -> None:
    """`file` is its name alone where it is not on this host any more."""
    from rich.console import Console
    from rich.text import Text

    client, traps = found.envelope["client"], found.envelope["recipients"]
    facts = {
        "received": f"{moment(found.received)} UTC",
        "client": f"{client['address'] or 'unknown'} ({client['name'] or 'no verified name'})",
        "HELO": found.envelope["helo"] or "unknown",
        "MAIL FROM": "<>" if found.envelope["mail_from"] == "" else found.envelope["mail_from"] or "unknown",
        "mailbox": _mailbox(found.envelope),
        "traps": ", ".join(dict.fromkeys(f"{trap['label']} ({trap['kind']})" for trap in traps if trap["trap"]))
        or None,
        "people": "got it too: mixed evidence" if _mixed(found.envelope) else None,
        "listed": _listed(found.envelope),
        "blocklist": _listing(found.listing),
        "proven": _proven(found.auth),
        "filter": ", ".join(f"{name}: {mark}" for name, mark in found.envelope.get("filter_marks", {}).items()) or None,
        "subject": found.subject or "none",
        "learning": _lesson(found),
        "file": str(file),
        "host": found.host or None,
        "problem": found.error,
    }
    console = Console()
    for name, value in facts.items():
        if value is not None:
            console.print(Text(f"{name + ':':<11}{printable(value)}"))
    for name, fact in content_facts(found.content):
        console.print(Text(f"{name + ':':<11}{fact}"))
    console.print()
    folded = ("value", "seen in", "why", "what came of it")
    columns = ("kind", "value", "seen in", "decision", "why", "what came of it")
    with printed_table(*columns, fold=folded, whole="value") as row:
        for one in found.decisions:
            came = what_came(one.review, one.looked_up, _sent(one))
            row(one.kind, one.value, ", ".join(one.sources), one.decision, one.reason or "no rule objects", came)


def _lesson(found: "RecalledMessage") -> str | None:
    """What the spam filter learns of it."""
    from trapline.reporter.learning.wishes import in_words

    one = found.lesson
    return None if one is None else in_words(one.state) + (f": {one.why}" if one.why else "")


def _mailbox(envelope: dict[str, Any]) -> str | None:
    """Where it was read, for what came from a mailbox."""
    name = envelope.get("mailbox")
    labels = dict.fromkeys(one["label"] for one in envelope["recipients"] if one["label"])
    return None if name is None else f"{name} ({envelope['role']}; {', '.join(labels)})"


def _mixed(envelope: dict[str, Any]) -> bool:
    people = bool(envelope["others"]) or any(not recipient["trap"] for recipient in envelope["recipients"])
    return people and envelope["role"] != "junk"


def _listed(envelope: dict[str, Any]) -> str:
    """What the zones said when it hit the trap."""
    found = [f"{one['object']} in {one['zone']} ({', '.join(one['codes'])})" for one in envelope["listings"]]
    found += [f"no answer from {zone}" for zone in envelope["unanswered"]]
    return "; ".join(found) or ("by no zone" if envelope["source"] == "milter" else "unknown: no zone was asked")


def _listing(hit: "PastHit | None") -> str | None:
    """What was decided about listing the client on this server."""
    return None if hit is None else f"{outcome(hit)}: {hit.why}"


def _proven(auth: dict[str, Any] | None) -> str:
    results = [f"{name.upper()} {result}" for name, result in (auth or {}).items() if result]
    return ", ".join(results) or "nothing: our server wrote no results"


def _sent(one: "Recalled") -> str:
    return " ".join(filter(None, (one.state, one.answer)))
