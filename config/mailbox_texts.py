"""Names that a mailbox's settings give: folders, labels, users."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from trapline.config.values import a_list

JUNK = "\\Junk"  #: the folder with this special use, however it is called (RFC 6154, 2)


def line(value: str) -> str:
    """`value`, which has to be one line. Raises ValueError."""
    if not value.isprintable():
        raise ValueError("expected a text without control characters")
    return value


Line = Annotated[str, Field(min_length=1, max_length=320), AfterValidator(line)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(a_list)]
