"""A trap, as everybody but the matcher knows it: by its label, never by its address."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["pristine", "recycled", "typo"]
"""`pristine` never belonged to a person; the senders of `recycled` and `typo` ones may be innocent."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What is known of a trap that was hit."""

    label: str  #: where the address was planted
    kind: Kind = "pristine"
