"""`trapline blocklist`: look at who is listed on this server, and put, take and hold addresses by hand."""

import os
import pwd
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trapline.blocklist.listing import State
from trapline.cli.blocklist_output import (
    entry_json,
    history_json,
    print_entries,
    print_history,
    print_why,
    until,
    why_json,
)
from trapline.cli.command import App
from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import as_json, counted, past_limit, print_list, say
from trapline.cli.store import existing_store, reading, writing
from trapline.config.duration import duration
from trapline.config.networks import NetworkSet, shown
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.blocklist.listing import Kept
    from trapline.reporter.listing.by_hand import Word
    from trapline.reporter.listing.overview import History

MAX_REASON = 200  #: characters

app = App(help="Look at who is listed on this server, and change it.", no_args_is_help=True)

StateOption = Literal[State, "all"]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address (for IPv6 its /64), or a network.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with your name.")]
ForOption = Annotated[str | None, typer.Option("--for", metavar="TIME", help='For how long: "30m", "24h", "7d".')]


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917  each is an option of the command
    context: typer.Context,
    state: Annotated[
        StateOption | None, typer.Option("--state", help="Only entries in this state; by default listed.")
    ] = None,
    held: Annotated[bool, typer.Option("--held", help="Entries that wait for a person (--state held).")] = False,
    expired: Annotated[bool, typer.Option("--expired", help="Entries whose time is over (--state expired).")] = False,
    within: Annotated[
        str | None, typer.Option("--within", metavar="NETWORK", help="Only those in this network.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="TEXT", help="Only those that hit a trap with this label.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000_000, help="How many at most.")] = 50,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the entries, the last hit first."""
    from trapline.blocklist.by_hand import network
    from trapline.reporter.listing.overview import Wanted, entries, matching

    which = _state(state, held=held, expired=expired)
    wanted = Wanted(None if which == "all" else which, None if within is None else network(within), label)
    with existing_store(settings(context, config)) as store:
        keys: Sequence[bytes] = ()
        found: Iterator[Kept] = iter(())
        if store is not None:
            with store.reading() as db:
                keys = matching(db, wanted, limit + 1)
            found = entries(store, keys[:limit])
        if json_output:
            print_list(map(entry_json, found))
            return
        number = print_entries(found) if keys else 0
    told = counted(number, "entry", "entries") if which == "all" else f"{number} {which}"
    typer.echo(f"{told}{past_limit(keys, limit)}")


@app.command()
def show(
    context: typer.Context, address: AddressArgument, json_output: JsonOption = False, config: ConfigOption = None
) -> None:
    """Show an entry with its history: changes, and hits.

    Ends with 1 if there never was one.
    """
    configured = settings(context, config)
    found = _history(configured, address)
    if found is None or (found.kept is None and not found.changes and not found.hits):
        wider = () if found is None else found.wider
        inside = f", but it is in {shown(wider[0].entry.network)}, which has one" if wider else ""
        typer.echo(f"{printable(address)} has no entry and hit no trap{inside}", err=True)
        raise typer.Exit(1)
    if json_output:
        typer.echo(as_json(history_json(found)))
    else:
        print_history(found, configured)


@app.command()
def why(
    context: typer.Context, address: AddressArgument, json_output: JsonOption = False, config: ConfigOption = None
) -> None:
    """Say whether an address is listed, and what decided that.

    Ends with 1 if it is not listed.
    """
    from trapline.blocklist import by_hand

    configured = settings(context, config)
    found = _history(configured, address)
    try:
        by_hand.check(by_hand.network(address), NetworkSet(configured.own_networks), force=True)
        never = None
    except by_hand.RefusedError as error:
        never = str(error)
    if json_output:
        typer.echo(as_json(why_json(found, never)))
    else:
        print_why(address, found, never, configured)
    if found is None or found.listed is None:
        raise typer.Exit(1)


@app.command()
def add(
    context: typer.Context,
    address: AddressArgument,
    lasts: ForOption = None,
    reason: ReasonOption = "",
    held: Annotated[bool, typer.Option("--held", help="List each entry that the limits hold in this network.")] = False,
    force: Annotated[bool, typer.Option("--force", help="List even a network wider than /16 (IPv6: /32).")] = False,
    config: ConfigOption = None,
) -> None:
    """List an address or a network by hand.

    It stays listed until it is removed, or for the time of --for; an entry that was held is listed, too. Private
    addresses and your own networks are refused.
    """
    from trapline.blocklist import by_hand
    from trapline.reporter.listing.by_hand import add as keep
    from trapline.reporter.listing.by_hand import release

    configured, length = settings(context, config), _length(lasts)
    network = by_hand.network(address)
    if held:
        with writing(configured) as db:
            number = release(db, network, length, _word(reason), configured.blocklist)
        say(f"{counted(number, 'entry is', 'entries are')} listed, of those that the limits held in {shown(network)}.")
        return
    by_hand.check(network, NetworkSet(configured.own_networks), force=force)
    with writing(configured) as db:
        kept = keep(db, network, length, _word(reason), configured.blocklist)
    say(f"{shown(network)} is listed {until(kept)}.")


@app.command()
def remove(
    context: typer.Context,
    address: AddressArgument,
    lasts: ForOption = None,
    reason: ReasonOption = "",
    config: ConfigOption = None,
) -> None:
    """Take an address or a network off, and keep it off.

    This includes all entries within a network. It lasts for the time of --for, else for blocklist.keep_off. Ends with 1
    if the address is part of a wider network that is still listed.
    """
    from trapline.blocklist import by_hand
    from trapline.reporter.listing.by_hand import remove as take_off

    configured, length = settings(context, config), _length(lasts)
    network = by_hand.network(address)
    with writing(configured) as db:
        kept, wider = take_off(db, network, length or configured.blocklist.keep_off, _word(reason))
    say(
        f"{shown(network)} is not listed, and is kept off {until(kept)}. "
        "trapline-reporter writes the files within 10 seconds, if it is running."
    )
    for above in wider:
        typer.echo(
            f"But it is part of {shown(above)}, which is listed. To take that off: trapline blocklist remove {above}",
            err=True,
        )
    if wider:
        raise typer.Exit(1)


@app.command()
def hold(
    context: typer.Context, address: AddressArgument, reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Take an address, or all entries in a network, out of service.

    They stay out of service until they are added or removed.
    """
    from trapline.blocklist import by_hand
    from trapline.reporter.listing.by_hand import hold as keep

    configured = settings(context, config)
    network = by_hand.network(address)
    with writing(configured) as db:
        keep(db, network, _word(reason))
    say(f"{shown(network)} is held until it is added or removed.")


@app.command()
def export(
    context: typer.Context,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="text: one address or network per line.")
    ] = "text",
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Print everything that is listed, sorted by address."""
    from trapline.reporter.listing.overview import listed

    with existing_store(settings(context, config)) as store:
        found = iter(()) if store is None else listed(store)
        if json_output or form == "json":
            print_list(map(entry_json, found))
        else:
            for entry in found:
                typer.echo(shown(entry.network))


def _state(state: StateOption | None, *, held: bool, expired: bool) -> StateOption:
    """The one state that is asked for; "listed" where none is. Raises BadParameter: there are several."""
    flags: dict[StateOption, bool] = {"held": held, "expired": expired}
    asked = {*(() if state is None else (state,)), *(name for name, given in flags.items() if given)}
    if len(asked) > 1:
        raise typer.BadParameter("expected one of --state, --held and --expired")
    return asked.pop() if asked else "listed"


def _history(configured: Settings, address: str) -> "History | None":
    from trapline.blocklist.by_hand import network
    from trapline.reporter.listing.overview import history

    wanted = network(address)
    with reading(configured) as db:
        return None if db is None else history(db, wanted)


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None


def _word(reason: str) -> "Word":
    from trapline.reporter.listing.by_hand import Word

    if len(reason) > MAX_REASON:
        raise typer.BadParameter(f"more than {MAX_REASON} characters", param_hint="--reason")
    return Word(_who(), printable(reason), datetime.now(UTC))


def _who() -> str:
    """The system user; who used sudo, with whom he became."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    person = printable(os.environ.get("SUDO_USER", ""), 64)
    return f"{person} (as {user})" if person and person != user else user
