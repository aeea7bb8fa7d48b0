"""Rules about the local blocklist: who may be listed here for having hit a trap, and who is spared."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListHere:
    """The client may be listed on this server."""

    traps: int = 1  #: only after hits on that many traps with different labels
    why: str | None = None  #: why more than one


@dataclass(frozen=True, slots=True)
class Spare:
    """The client is not listed for this message."""

    rule: str  #: the rule's name, `large_sender`
    reason: str  #: in words a mail admin understands


Listing = ListHere | Spare
