"""Received-SPF: which client a server checked, as that server wrote it down.

Its comment, and a local part, may hold what the sender wrote (`client-ip=…` too), so comments are left out, and a key
that is there with two different values says nothing.
Source: RFC 7208, 9.1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trapline.config.names import IpAddress, literal_address

MAX_FIELD_BYTES = 4_096  #: of the field

_PAIR = re.compile(
    r"(?:^|[\s;])(?P<key>client-ip|helo|envelope-from|receiver)\s*=\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')  # a quoted text as a whole
_IN_COMMENT = re.compile(r"\\.|[()]")


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
    address = literal_address(said.get("client-ip", ""))
    if address is None:
        return None
    receiver = said.get("receiver")
    return ReceivedSpf(
        address,
        None if receiver is None else receiver.lower().rstrip("."),
        said.get("helo"),
        said.get("envelope-from"),
    )


def without_comments(text: str) -> str:
    """Without what stands in parentheses: TLS details name no protocol and no recipient.

    A parenthesis in a quoted text is none, and what is opened and never closed goes to the end (RFC 5322, 3.2.2): a
    sender's local part must not hide what stands behind it.
    """
    kept, depth, start = [], 0, 0
    place = 0
    while match := (_IN_COMMENT if depth else _OUTSIDE).search(text, place):
        place = match.end()
        if match[0] == "(":
            if depth == 0:
                kept.append(text[start : match.start()])
            depth += 1
        elif match[0] == ")" and depth:
            depth -= 1
            start = place
    return " ".join(kept if depth else [*kept, text[start:]])


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
