"""`trapline …` as a page has it: is it a command, with options that it has?"""

from collections.abc import Sequence
from typing import Any

from typer.main import get_command

from trapline.cli.main import app

COMMAND: Any = get_command(app)


class NoSuchCommand(Exception):
    """The command, or an option of it, is not there."""


def check(words: Sequence[str], *, whole: bool = True) -> None:
    """That trapline takes `words`; without `whole` arguments and options that it needs may be missing.

    Raises NoSuchCommand: with what trapline says.
    """
    command, rest, context = COMMAND, list(words), None
    name = "trapline"
    try:
        while True:
            context = command.make_context(name, rest, parent=context)
            if not hasattr(command, "resolve_command"):
                break
            rest = [*context._protected_args, *context.args]
            if not rest and not whole:
                break
            name, command, rest = command.resolve_command(context, rest)
    except Exception as error:
        why = type(error).__name__
        if why == "Exit" or (why in {"MissingParameter", "NoArgsIsHelpError"} and not whole):
            return
        if hasattr(error, "format_message"):  # typer carries a click of its own, whose errors can't be imported
            raise NoSuchCommand(f"trapline {' '.join(words)}: {error.format_message()}") from None
        raise
