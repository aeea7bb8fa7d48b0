"""What a person at a shell gets of an installation: manual pages, and completion in bash, zsh and fish."""

from tests.container.container import Container

_BASH = """
. /usr/share/bash-completion/bash_completion
_completion_loader trapline
COMP_WORDS=(trapline traps ge) COMP_CWORD=2
_trapline_completion trapline
echo "${COMPREPLY[@]}"
"""
#: Typed; the second and third Tab would do nothing, were the file that zsh finds not a completion each time.
_ZSH = "trapline tr\tge\t--he\t\nexit\n"


def check(container: Container) -> None:
    """man(1) and each shell find what is theirs, where it was put."""
    pages = container.run("man", "-w", "trapline", "trapline.toml", "trapline-traps").splitlines()
    assert len(pages) == 3
    assert "SYNOPSIS" in container.run("man", "-P", "cat", "trapline")
    assert container.run("bash", "--norc", "-c", _BASH).split() == ["generate"]
    assert container.run("fish", "-c", "complete -C 'trapline traps ge'").split()[0] == "generate"
    assert container.run("fish", "-c", "complete -C 'trapline doctor --js'").split()[0] == "--json"
    container.shell("mkdir -p /root/zsh && echo 'autoload -Uz compinit && compinit -u' >/root/zsh/.zshrc")
    said = container.run("env", "TERM=dumb", "ZDOTDIR=/root/zsh", "script", "-qec", "zsh -i", "/dev/null", stdin=_ZSH)
    assert "Usage: trapline traps generate" in said
