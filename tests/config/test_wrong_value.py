"""What is wrong with a value is said in the words of TOML."""

import doctest
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator

from trapline.config import wrong_value
from trapline.config.values import a_list
from trapline.config.wrong_value import first


class Table(BaseModel, strict=True):
    number: Annotated[int, Field(ge=1, le=9)]
    share: Annotated[float, Field(gt=0)] = 1.0
    name: str = "x"
    note: Annotated[str, Field(min_length=1, max_length=8)] = "x"
    names: Annotated[tuple[str, ...], BeforeValidator(a_list), Field(min_length=1)] = ("x",)
    codes: Annotated[dict[str, int], Field(default_factory=dict)]

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        if len(name) > 3:
            raise ValueError("too long: Input should be short")
        return name


def test_the_example_in_the_docstring_is_true() -> None:
    assert doctest.testmod(wrong_value).failed == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "has to be set: there is no default"),
        ({"number": 0}, "expected at least 1"),
        ({"number": 10}, "expected at most 9"),
        ({"number": "1"}, "expected a whole number, without quotes"),
        ({"number": 1, "share": 0.0}, "expected more than 0"),
        ({"number": 1, "name": Path("/x")}, "expected a text in quotes"),
        ({"number": 1, "name": "long"}, "too long: Input should be short"),
        ({"number": 1, "names": []}, "expected at least one value"),
        ({"number": 1, "note": ""}, "expected a text that is not empty"),
        ({"number": 1, "note": "x" * 9}, "expected at most 8 characters"),
        ({"number": 1, "codes": ["x"]}, "expected a table"),
    ],
)
def test_it_speaks_of_no_python(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate(table)
    assert first(caught.value) == words
