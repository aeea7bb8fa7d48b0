"""How `trapline blocklist` prints entries, their history, and why an address is listed or not."""

from typing import TYPE_CHECKING

import typer

from trapline.cli.output import moment, printed_table
from trapline.config.networks import shown
from trapline.config.printable import printable
from trapline.config.settings import Settings
from trapline.config.zones import BLOCKLIST
from trapline.dnsbl.findings import Listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trapline.blocklist.entry import Entry
    from trapline.blocklist.listing import Kept
    from trapline.reporter.listing.overview import History, PastHit

STATES = {
    "listed": "listed",
    "held": "held: waits for your decision (add or remove)",
    "off": "kept off",
    "expired": "no longer listed",
}


def until(kept: "Kept") -> str:
    """How long it stays as it is."""
    return "until it is removed" if kept.entry.expires is None else f"until {moment(kept.entry.expires)} UTC"


def entry_json(found: "Kept | Entry") -> dict[str, object]:
    """An entry as JSON; of what is kept its state, too."""
    from trapline.blocklist.listing import Kept

    entry = found.entry if isinstance(found, Kept) else found
    state = {"state": found.state} if isinstance(found, Kept) else {}
    return {
        "network": str(entry.network),
        **state,
        "first_hit": entry.first_hit if entry.hits else None,
        "last_hit": entry.last_hit if entry.hits else None,
        "hits": entry.hits,
        "labels": entry.labels,
        "last_label": entry.last_label,
        "reason": entry.reason,
        "expires": entry.expires,
        "repeated": entry.repeated,
    }


def history_json(found: "History") -> dict[str, object]:
    """All that is known of one network."""
    return {
        "entry": None if found.kept is None else entry_json(found.kept),
        "wider": [entry_json(kept) for kept in found.wider],
        "changes": [{"at": one.at, "what": one.what, "who": one.who, "why": one.why} for one in found.changes],
        "hits": [_hit_json(one) for one in found.hits],
    }


def why_json(found: "History | None", never: str | None) -> dict[str, object]:
    """Whether it is listed, by which entry, and what was decided last."""
    listed = None if found is None else found.listed
    last = found.hits[0] if found is not None and found.hits else None
    return {
        "listed": listed is not None,
        "by": None if listed is None else entry_json(listed),
        "entry": None if found is None or found.kept is None else entry_json(found.kept),
        "last_hit": None if last is None else _hit_json(last),
        "never": never,
    }


def print_entries(found: "Iterable[Kept]") -> int:
    """A table of them; how many there were."""
    number = 0
    columns = ("address", "state", "hits", "last hit (UTC)", "until (UTC)", "traps", "reason")
    with printed_table(*columns, fold=("traps", "reason"), right=("hits",)) as row:
        for kept in found:
            entry = kept.entry
            end = "" if entry.expires is None else moment(entry.expires)
            last = moment(entry.last_hit) if entry.hits else ""
            row(shown(entry.network), kept.state, entry.hits, last, end, ", ".join(entry.labels), entry.reason)
            number += 1
    return number


def print_history(found: "History", settings: Settings) -> None:
    """An entry, then what changed it, then its hits."""
    if found.kept is not None:
        _print_entry(found.kept, settings)
    for kept in found.wider:
        typer.echo(f"in {shown(kept.entry.network)}: {STATES[kept.state]} ({printable(kept.entry.reason)})")
    if found.changes:
        typer.echo("\nWhat changed it, the newest first:\n")
        with printed_table("at (UTC)", "what", "who", "why", fold=("who", "why")) as row:
            for change in found.changes:
                row(moment(change.at), change.what, change.who, change.why)
    if found.hits:
        typer.echo("\nMessages from there to traps, the newest first:\n")
        with printed_table("at (UTC)", "message", "traps", "outcome", "why", fold=("message", "traps", "why")) as row:
            for hit in found.hits:
                row(moment(hit.at), hit.message_id, ", ".join(hit.labels), outcome(hit), hit.why)


def print_why(address: str, found: "History | None", never: str | None, settings: Settings) -> None:
    """Whether it is listed, and what decided that."""
    listed = None if found is None else found.listed
    if listed is not None:
        by = shown(listed.entry.network)
        inside = "" if found is not None and listed is found.kept else f", by the entry of {by}"
        which = "hit again, or added by hand" if listed.entry.repeated else "first listing"
        typer.echo(f"{printable(address)} is listed{inside}, {until(listed)}: {printable(listed.entry.reason)}")
        typer.echo(f"The milter {_answer(listed.entry, settings)} ({which}).")
    else:
        typer.echo(f"{printable(address)} is not listed: {printable(_why_not(found, never))}")
    if found is not None and found.hits:
        last = found.hits[0]
        typer.echo(f"Its last message to a trap ({moment(last.at)} UTC): {outcome(last)}: {printable(last.why)}")


def _why_not(found: "History | None", never: str | None) -> str:
    if never is not None:
        return never
    if found is None or (found.kept is None and not found.wider and not found.hits):
        return "it hit no trap"
    for kept in (*((found.kept,) if found.kept is not None else ()), *found.wider):
        if kept.state in {"held", "off"}:
            end = "" if _waits(kept) else f", {until(kept)}"
            return f"{shown(kept.entry.network)} is {STATES[kept.state]}{end} ({kept.entry.reason})"
    if found.kept is not None and found.kept.entry.expires is not None:
        return f"its time ended at {moment(found.kept.entry.expires)} UTC ({found.kept.entry.reason})"
    return f"{found.hits[0].outcome}: {found.hits[0].why}" if found.hits else "it hit no trap"


def _waits(kept: "Kept") -> bool:
    """Whether it is held without an end: what its state says already."""
    return kept.state == "held" and kept.entry.expires is None


def _print_entry(kept: "Kept", settings: Settings) -> None:
    entry = kept.entry
    facts = {
        "address": shown(entry.network),
        "state": STATES[kept.state] + ("" if kept.state == "expired" or _waits(kept) else f", {until(kept)}"),
        "reason": entry.reason,
        "hits": f"{entry.hits}, from {moment(entry.first_hit)} to {moment(entry.last_hit)} UTC" if entry.hits else "0",
        "traps": ", ".join(entry.labels) or None,
        "milter": _answer(entry, settings) if kept.state == "listed" else None,
        "ended": moment(entry.expires) + " UTC" if kept.state == "expired" and entry.expires is not None else None,
    }
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"{name + ':':<9}{printable(value)}")


_ANSWERS = {"reject": "answers 550", "tempfail": "answers 450", "tag": "tags its mail", "log": "only logs it"}


def _answer(entry: "Entry", settings: Settings) -> str:
    """What the milter of this host does with mail from there."""
    from trapline.milter.policy import Policy

    codes = (settings.blocklist.code, *([settings.blocklist.repeated_code] if entry.repeated else []))
    listed = Listed(BLOCKLIST, shown(entry.network), tuple(f"127.0.0.{code}" for code in codes))
    if settings.dqs.mode == "shadow":
        return 'only logs it, since mode = "shadow"'
    return _ANSWERS[Policy(settings).action(listed)]


def outcome(hit: "PastHit") -> str:
    """What was decided about a message's client, and by which rule: `spared by forwarder`, `waiting (newsletter)`."""
    if hit.rule is None:
        return hit.outcome
    return f"{hit.outcome} by {hit.rule}" if hit.outcome == "spared" else f"{hit.outcome} ({hit.rule})"


def _hit_json(hit: "PastHit") -> dict[str, object]:
    return {
        "at": hit.at,
        "message_id": hit.message_id,
        "labels": hit.labels,
        "outcome": hit.outcome,
        "rule": hit.rule,
        "why": hit.why,
    }
