"""Why a value can't be used, in our words: the models' own speak of Python's types, the user knows TOML's.

Pure. Where the value stands, and whether it may be shown, is the caller's part.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

_EXPECTED = {
    "bool_type": "expected true or false, without quotes",
    "dict_type": "expected a table",
    "extra_forbidden": "no such setting: trapline.toml(5) has them all",
    "float_parsing": "expected a number",
    "float_type": "expected a number, without quotes",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number, without quotes",
    "missing": "has to be set: there is no default",
    "model_type": "expected a table",
    "string_too_short": "expected a text that is not empty",
    "string_type": "expected a text in quotes",
    "too_short": "expected at least one value",
    "tuple_type": 'expected a list, such as ["a", "b"]',
}
_SHORTER = (
    ("greater than or equal to", "at least"),
    ("greater than", "more than"),
    ("less than or equal to", "at most"),
)


def why(problem: Mapping[str, Any]) -> str:
    """What is wrong by one of the errors of a ValidationError.

    >>> why({"type": "greater_than_equal", "msg": "Input should be greater than or equal to 1"})
    'expected at least 1'
    """
    if problem["type"] in _EXPECTED:
        return _EXPECTED[problem["type"]]
    said = str(problem["msg"]).removeprefix("Value error, ").strip()
    expected = said.removeprefix("Input should be").removeprefix("String should have")
    if expected == said:
        return said  # a validator's of ours
    for theirs, ours in _SHORTER:
        expected = expected.replace(theirs, ours)
    return f"expected{expected}"


def why_of_variable(problem: Mapping[str, Any]) -> str:
    """As `why`, of a value from the environment: nobody has written quotes there.

    >>> why_of_variable({"type": "int_type"})
    'expected a whole number'
    """
    return why(problem).removesuffix(", without quotes")


def first(error: ValidationError) -> str:
    """What is wrong by the first of an error's errors."""
    return why(error.errors(include_url=False, include_input=False)[0])
