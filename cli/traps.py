"""`trapline traps`: check the trap files, and test an address against them."""

from typing import Annotated

import typer

from trapline.cli.options import ConfigOption, settings
from trapline.traps.matching import TrapSet

app = typer.Typer(help="Look at the trap addresses.", no_args_is_help=True)


@app.command()
def check(context: typer.Context, config: ConfigOption = None) -> None:
    """Read the trap files. Ends with 78 and FILE:LINE if one can't be read."""
    traps = settings(context, config).traps
    count = len(TrapSet.load(traps.files, traps.recipient_delimiter))
    typer.echo(f"{count} trap lines in {', '.join(str(path) for path in traps.files)}: all can be read.")


@app.command()
def test(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="A mail address, as RCPT TO would have it.")],
    config: ConfigOption = None,
) -> None:
    """Say whether an address is a trap, and which. Ends with 1 if it is none."""
    traps = settings(context, config).traps
    trap = TrapSet.load(traps.files, traps.recipient_delimiter).match(address)
    if trap is None:
        typer.echo("not a trap")
        raise typer.Exit(1)
    typer.echo(f"a trap: label {trap.label!r}, kind {trap.kind}")
