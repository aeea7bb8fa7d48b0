"""Completion on the command line: `trapline --show-completion bash` prints what the shell is to read.

typer's own two options guess the shell from the parent process, which is no shell in a package's build, and write into
the user's start-up files: so they are left out, and the shell is named. Its completion itself is typer's.
"""

from typing import Annotated, Literal

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

Shell = Literal["bash", "zsh", "fish"]

_COMMAND = "trapline"
_VARIABLE = "_TRAPLINE_COMPLETE"  # by which the shell asks; click's rule: the command's name in capitals


def prepare() -> None:
    """Have typer answer the shell, which asks by running the command."""
    completion_init()


def script(shell: Shell) -> str:
    """What `shell` is to read."""
    return get_completion_script(prog_name=_COMMAND, complete_var=_VARIABLE, shell=shell)


def _show(shell: Shell | None) -> None:
    if shell is not None:
        typer.echo(script(shell))
        raise typer.Exit


ShowOption = Annotated[
    Shell | None,
    typer.Option(
        "--show-completion",
        callback=_show,
        is_eager=True,
        help="Print the completion for a shell: put it into /etc/bash_completion.d/trapline, say.",
    ),
]
