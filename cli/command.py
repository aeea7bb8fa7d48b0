"""How each command reads its command line, and shows it in `--help`: without the words that Python has for it."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from trapline.config.printable import printable
from trapline.config.wrong_value import first

_Function = TypeVar("_Function", bound=Callable[..., Any])

_PYTHON = re.compile(r" <[\w\[\]]+>$")  # the type of an argument, which tells an administrator nothing
_BRACED = re.compile(r"\{([\w|]+)\}")  # typer's way to say that an argument is needed


class Command(TyperCommand):
    """A command of ours."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line: `[OPTIONS] ID...`."""
        return [_BRACED.sub(r"\1", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what `--help` says of arguments and options."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            of_kind = [one for one in self.get_params(ctx) if one.param_type_name == kind]
            rows = [row for one in of_kind if (row := record(one, ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(TyperGroup):
    """All commands. What is wrong with a value on the command line is said as of a value in the configuration."""

    def invoke(self, ctx: Any) -> Any:
        """Read what stands behind the group's own options, and run the command that it names."""
        try:
            return super().invoke(ctx)
        except TyperException as error:
            if isinstance(error.__cause__, ValidationError):
                error.message = printable(first(error.__cause__))
            raise


class App(typer.Typer):
    """A group in the making, of commands of this kind."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = None, **how: Any
    ) -> Callable[[_Function], _Function]:
        """A decorator that adds a command."""
        return super().command(name, cls=cls or Command, **how)


def record(parameter: Any, context: Any) -> tuple[str, str] | None:
    """An argument or option and its words; None where it is not shown."""
    theirs = parameter.get_help_record(context)
    return None if theirs is None else (_PYTHON.sub("", theirs[0]), theirs[1])
