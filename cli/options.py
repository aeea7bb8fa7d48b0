"""The options that every command has, how the settings are found, and what can be no address on the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from trapline.config.load import load
from trapline.config.names import address
from trapline.config.settings import DEFAULT_CONFIG, Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        readable=False,  # whether it can be read is said where it is read: by 78, after which no unit starts it again
        help=f"The configuration file; else TRAPLINE_CONFIG, else {DEFAULT_CONFIG}.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings(context: typer.Context, after: Path | None) -> Settings:
    """The settings of the file named `after` the command, else of the one named before it.

    Raises ConfigError: the configuration can't be used.
    """
    return load(named(context, after))


def check_address(text: str, hint: str) -> None:
    """Raises BadParameter: `text` can be no mail address. It is not repeated: it may be a trap, mistyped."""
    if not address(text).is_whole:
        raise typer.BadParameter("expected a mail address, such as anna@mx.example", param_hint=hint)


def named(context: typer.Context, after: Path | None) -> Path | None:
    """The file that the command line names; None where it names none."""
    before = context.find_root().obj
    return after or (before.get("config") if isinstance(before, Mapping) else None)
