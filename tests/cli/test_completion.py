"""Completion in a real shell."""

import shutil
import subprocess

import pytest

from tests.servers.trapline_process import COMMAND, environment, run

PROGRAM = """
eval "$(trapline --show-completion bash)"
complete -p trapline
COMP_WORDS=({words}) COMP_CWORD={place}
_trapline_completion trapline
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "place", "completed"),
    [
        ("trapline do", 1, {"doctor"}),
        ("trapline traps ge", 2, {"generate"}),
        ("trapline doctor --js", 2, {"--json"}),
        ("trapline config ''", 2, {"check", "import-env"}),
    ],
)
def test_bash_completes_commands_and_options(words: str, place: int, completed: set[str]) -> None:
    environ = environment({"PATH": f"{COMMAND.parent}:/usr/bin:/bin"})
    program = PROGRAM.format(words=words, place=place)
    command = ["bash", "--norc", "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].endswith("_trapline_completion trapline")
    assert completed <= set(lines[1:])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_is_the_one_that_is_named_whoever_asks(shell: str) -> None:
    done = run("--show-completion", shell)
    assert done.code == 0
    assert f"complete_{shell}" in done.stdout


def test_another_shell_is_a_wrong_command_line() -> None:
    assert run("--show-completion", "tcsh").code == 2
