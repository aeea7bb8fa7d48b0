"""What a zone said of an object: a type for each thing that can happen.

Only an answer has a TTL, so a failure can't be cached as "not listed". Nothing here holds the DQS key.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Listed:
    """The zone lists the object."""

    zone: str  #: the zone's name, `zen`
    object: str  #: what was asked about: an IP address or a domain name
    codes: tuple[str, ...]  #: the whole answers that count, `127.0.0.2`; sorted, at least one
    ttl: float = field(default=0.0, compare=False)  #: seconds for which the answer holds


@dataclass(frozen=True, slots=True)
class NotListed:
    """The zone answered, and does not list the object (or only with codes that do not count)."""

    zone: str
    object: str
    ttl: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The zone could not be asked or answered with an error; there is no TTL: it can't be cached."""

    zone: str
    object: str
    why: str  #: "timeout", "asked through a public resolver: …"; never a DNS name with the key
    answered: bool = False  #: an answer came, and was an error: the zone's or its account's trouble, not the network's


Finding = Listed | NotListed | Unknown
