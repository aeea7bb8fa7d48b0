"""Completion on the command line: what a shell is to read, as `trapline install` and the Debian package put it into place.

typer's own two options guess the shell from the parent process, which is no shell in a package's build, and write into
the user's start-up files: so they are left out, and the shell is named. Its completion itself is typer's.
"""

from typing import Annotated, Literal, get_args

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
    text = get_completion_script(prog_name=_COMMAND, complete_var=_VARIABLE, shell=shell)
    return f"{_found_by_zsh(text) if shell == 'zsh' else text}\n"


def scripts() -> dict[str, str]:
    """What each shell is to read."""
    return {shell: script(shell) for shell in get_args(Shell)}


def _found_by_zsh(text: str) -> str:
    """zsh runs a file that it finds by itself as the completion at its first use: typer's would only tell of itself."""
    body, register, nothing = text.rpartition(f"compdef _{_COMMAND}_completion {_COMMAND}")
    if not register or nothing.strip():
        raise ValueError("typer's completion for zsh does not end as we know it")
    return f"""{body}if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _{_COMMAND}_completion "$@"
else
  {register}
fi"""


def _show(shell: Shell | None) -> None:
    if shell is not None:
        typer.echo(script(shell), nl=False)
        raise typer.Exit


ShowOption = Annotated[
    Shell | None,
    typer.Option(
        "--show-completion",
        callback=_show,
        is_eager=True,
        help="Print the completion for a shell, as `trapline install` puts it into place.",
    ),
]
