"""Received-SPF: which client a server checked, as that server wrote it down.

Its comment, and a local part, may hold what the sender wrote (`client-ip=…` too), so comments are left out, and a key
that is there with two different values says nothing.
Source: RFC 7208, 9.1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trapline.config.names import IpAddress, client_address
from trapline.spool.comments import without_comments

MAX_FIELD_BYTES = 4_096  #: of the field

_PAIR = re.compile(
    r"(?:^|[\s;])(?P<key>client-ip|helo|envelope-from|receiver)\s*=\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ReceivedSpf:
    """What the field says; whose word it is, is for the caller to know."""

    address: IpAddress
    receiver: str | None  #: who checked, in lower case
    helo: str | None
    mail_from: str | None


def received_spf(fields: Sequence[tuple[str, bytes]]) -> ReceivedSpf | None:
    """The topmost Received-SPF of a header; None where there is none, or it names no client.

    `fields` are names in lower case with their values, from the top.
    """
    raw = next((value for name, value in fields if name == "received-spf"), None)
    if raw is None or len(raw) > MAX_FIELD_BYTES:
        return None
    pairs: dict[str, set[str]] = {}
    for match in _PAIR.finditer(without_comments(raw.decode("utf-8", "surrogateescape"))):
        pairs.setdefault(match["key"].lower(), set()).add(_unquoted(match["value"]))
    said = {key: next(iter(values)) for key, values in pairs.items() if len(values) == 1}
    address = client_address(said.get("client-ip", ""))
    if address is None:
        return None
    receiver = said.get("receiver")
    return ReceivedSpf(
        address,
        None if receiver is None else receiver.lower().rstrip("."),
        said.get("helo"),
        said.get("envelope-from"),
    )


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
