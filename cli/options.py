"""The options that every command has, and how the settings are found: `--config` stands before or after the command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from trapline.config.load import load
from trapline.config.settings import DEFAULT_CONFIG, Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help=f"The configuration file; else TRAPLINE_CONFIG, else {DEFAULT_CONFIG}.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings(context: typer.Context, after: Path | None) -> Settings:
    """The settings of the file named `after` the command, else of the one named before it.

    Raises ConfigError: the configuration can't be used.
    """
    return load(named(context, after))


def named(context: typer.Context, after: Path | None) -> Path | None:
    """The file that the command line names; None where it names none."""
    before = context.find_root().obj
    return after or (before.get("config") if isinstance(before, Mapping) else None)
