"""Completion on the command line: what a shell is to read. `trapline install` and the Debian package put it into place.

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

# typer's own file for zsh only tells of itself when zsh runs it, so the first Tab would do nothing; and it has zsh call
# `_arguments`, which leaves out what begins with a hyphen: every option.
_ZSH = f"""\
#compdef {_COMMAND}

_{_COMMAND}_completion() {{
  local said="$(env _TYPER_COMPLETE_ARGS="${{words[1,$CURRENT]}}" {_VARIABLE}=complete_zsh {_COMMAND})"
  local theirs="_arguments '*: :" ours="_alternative 'words:word:"
  eval "${{said/#$theirs/$ours}}"
}}

if [[ $funcstack[1] == _{_COMMAND} ]]; then # found in the fpath, and called
  _{_COMMAND}_completion "$@"
else # read by eval or source
  compdef _{_COMMAND}_completion {_COMMAND}
fi
"""


def prepare() -> None:
    """Have typer answer the shell, which asks by running the command."""
    completion_init()


def script(shell: Shell) -> str:
    """What `shell` is to read."""
    if shell == "zsh":
        return _ZSH
    return get_completion_script(prog_name=_COMMAND, complete_var=_VARIABLE, shell=shell) + "\n"


def scripts() -> dict[str, str]:
    """What each shell is to read."""
    return {shell: script(shell) for shell in get_args(Shell)}


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
        help="Print the completion script for a shell, as `trapline install` installs it.",
    ),
]
