"""What a variable's text means: numbers, switches, lists, and whatever a setting of ours accepts.

A text that is none of these is an error; the old milter of `import_env.py` took a default instead, without a word.
"""

import re
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from trapline.config.environment_file import Variable
from trapline.config.names import domain_name
from trapline.config.wrong_value import first

_YES = frozenset({"1", "true", "True", "yes", "Yes"})
_NO = frozenset({"0", "false", "False", "no", "No"})


class BadValue(Exception):
    """A value can't be taken over. `item` is the part of it that is wrong."""

    def __init__(self, variable: Variable, why: str, item: str | None = None) -> None:
        super().__init__(why)
        self.variable = variable
        self.item = variable.value if item is None else item


def whole(variable: Variable) -> int:
    """The whole number, 0 or above. Raises BadValue."""
    if not re.fullmatch(r"[0-9]{1,9}", variable.value):
        raise BadValue(variable, "expected a whole number")
    return int(variable.value)


def seconds(variable: Variable) -> float:
    """The number of seconds, above 0. Raises BadValue."""
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}", variable.value) or not float(variable.value):
        raise BadValue(variable, "expected a number of seconds above 0")
    return float(variable.value)


def switch(variable: Variable) -> bool:
    """Yes or no, in the words that all switches of the old milter understood alike. Raises BadValue."""
    if variable.value not in _YES | _NO:
        raise BadValue(variable, "expected 1 or 0")
    return variable.value in _YES


def items(variable: Variable) -> tuple[str, ...]:
    """The parts between commas, each once. Raises BadValue: there is none."""
    found = tuple(dict.fromkeys(part for each in variable.value.split(",") if (part := each.strip())))
    if not found:
        raise BadValue(variable, "expected a list, separated by commas; delete the line if there is nothing to list")
    return found


def octets(variable: Variable) -> tuple[int, ...]:
    """The last octets of answers. Raises BadValue: a part is no number; its range is the setting's to judge."""
    parts = items(variable)
    wrong = next((part for part in parts if not re.fullmatch(r"[0-9]{1,3}", part)), None)
    if wrong is not None:
        raise BadValue(variable, "expected a last octet of the zone's answers, such as 2", wrong)
    return tuple(dict.fromkeys(int(part) for part in parts))


def domains(variable: Variable, *, dot: bool = False) -> tuple[str, ...]:
    """The domain names, in normal form; where `dot` is set, one may stand in front. Raises BadValue: a part is none."""
    found = {part: domain_name(part.removeprefix(".") if dot else part) for part in items(variable)}
    wrong = next((part for part, name in found.items() if name is None), None)
    if wrong is not None:
        raise BadValue(variable, "expected a domain name", wrong)
    return tuple(name for name in found.values() if name is not None)


def accepted(
    variable: Variable, section: type[BaseModel], table: Mapping[str, object], item: str | None = None
) -> None:
    """Let the setting that is to take a value judge it, as `table` has it. Raises BadValue, in the setting's words."""
    try:
        section.model_validate(table)
    except ValidationError as error:
        raise BadValue(variable, first(error), item) from None
