"""The one kind of question that a DNSBL is asked, on the wire: one name, type A, and its answer.

Building and reading it by hand costs a tenth of what a general library takes, and every session asks three. Only the
ordinary is read here: whatever is unusual (truncation, aliases, anything that does not fit to the byte) is `Unusual`
and goes to dnspython. Nothing here is logged or shown: the DQS key is in the name.
Sources: RFC 1035, 4.1 (messages), 4.1.4 (compression); RFC 2308, 2.1 and 5 (negative answers), RFC 2181, 8 (TTLs).
"""

import struct
from dataclasses import dataclass

from trapline.dnsbl.errors import LookupFailed

MAX_RESPONSE_BYTES = 4096  #: of a datagram that is read; without EDNS an answer has at most 512 (RFC 1035, 4.2.1)

_HEADER = struct.Struct("!HHHHHH")  # id, flags, counts of questions, answers, authority, additional
_RECORD = struct.Struct("!HHIH")  # type, class, TTL, length
_TYPE_A_CLASS_IN = b"\0\x01\0\x01"
_TYPE_A, _TYPE_SOA, _CLASS_IN = 1, 6, 1

_RESPONSE, _OPCODE, _AUTHORITATIVE, _TRUNCATED, _RCODE = 0x8000, 0x7800, 0x0400, 0x0200, 0x000F
_RECURSION_DESIRED = 0x0100
_NOERROR, _NXDOMAIN = 0, 3
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED"}

_POINTER = 0xC0
_MAX_TTL = 0x7FFFFFFF


class Unusual(Exception):
    """An answer that is left to dnspython."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resolver said."""

    addresses: tuple[str, ...]  #: of the A records; empty where the name does not exist or has none
    ttl: float  #: seconds


def encode(name: str) -> bytes:
    """`name` (ASCII, without the trailing dot) as a name on the wire.

    Raises LookupFailed: a label is empty or longer than 63 octets, or the name longer than 255 (RFC 1035, 2.3.4).
    """
    labels = name.encode("ascii").split(b".")
    if not all(0 < len(label) < 64 for label in labels) or len(name) > 253:
        raise LookupFailed("no DNS name: a label is empty or too long")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def query(identity: int, name: bytes) -> bytes:
    """The question about the encoded `name`, with recursion desired."""
    return _HEADER.pack(identity, _RECURSION_DESIRED, 1, 0, 0, 0) + name + _TYPE_A_CLASS_IN


def read(response: bytes, identity: int, name: bytes) -> Answer | None:
    """What `response` answers to the question `identity` about the encoded `name`; None where it is not its answer.

    Raises LookupFailed: the resolver says that it failed, or answers without knowing (lame). Raises Unusual: dnspython
    has to read it.
    """
    question = name + _TYPE_A_CLASS_IN
    question_end = _HEADER.size + len(question)
    if len(response) < question_end or response[_HEADER.size : question_end].lower() != question.lower():
        return None
    said, flags, questions, answers, authority, additional = _HEADER.unpack_from(response)
    if said != identity or flags & (_RESPONSE | _OPCODE) != _RESPONSE or questions != 1:
        return None
    rcode = _rcode(flags)
    reader = _Reader(response, question_end)
    addresses, ttl = _addresses(reader, answers, name)
    if addresses and rcode == _NXDOMAIN:
        raise Unusual
    negative = _negative_ttl(reader, authority)
    for _ in range(additional):
        reader.skip_record()
    if reader.place != len(response):
        raise Unusual
    if addresses:
        return Answer(addresses, ttl)
    if negative is None and rcode == _NOERROR and not flags & _AUTHORITATIVE:
        raise LookupFailed("a lame answer")
    return Answer((), negative or 0.0)


def _rcode(flags: int) -> int:
    """NOERROR or NXDOMAIN. Raises LookupFailed: the resolver failed. Raises Unusual: the answer is cut off."""
    if flags & _TRUNCATED:
        raise Unusual
    rcode = flags & _RCODE
    if rcode not in {_NOERROR, _NXDOMAIN}:
        raise LookupFailed(_RCODES.get(rcode, f"rcode {rcode}"))
    return rcode


class _Reader:
    """Walks over the records of a response. Raises Unusual where something does not fit."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.place = place

    def name(self) -> int:
        """Pass over a name; where it started."""
        data, start = self.data, self.place
        place = start
        try:
            while length := data[place]:
                if length & _POINTER:
                    # Compressed: its end is here, wherever the rest stands. A pointer forward would be a trick.
                    if length & _POINTER != _POINTER or (length & 0x3F) << 8 | data[place + 1] >= start:
                        raise Unusual
                    place += 1
                    break
                place += length + 1
        except IndexError:
            raise Unusual from None
        self.place = place + 1
        return start

    def record(self) -> tuple[int, int, int, int]:
        """Pass over a record's head: type, class, TTL, and where its data end; `place` is then where they begin."""
        try:
            kind, class_, ttl, length = _RECORD.unpack_from(self.data, self.place)
        except struct.error:
            raise Unusual from None
        self.place += _RECORD.size
        end = self.place + length
        if end > len(self.data) or ttl > _MAX_TTL:
            raise Unusual
        return kind, class_, ttl, end

    def skip_record(self) -> None:
        """Pass over a whole record."""
        self.name()
        *_, self.place = self.record()


def _addresses(reader: _Reader, count: int, name: bytes) -> tuple[tuple[str, ...], int]:
    """The A records' addresses and the smallest of their TTLs. Raises Unusual: other records are among them."""
    addresses: list[str] = []
    smallest = _MAX_TTL
    data = reader.data
    for _ in range(count):
        start = reader.name()
        # The owner is the name that was asked: written out, or as a pointer to the question.
        owner = data[start : reader.place]
        if owner != b"\xc0\x0c" and owner.lower() != name.lower():
            raise Unusual
        kind, class_, ttl, end = reader.record()
        if kind != _TYPE_A or class_ != _CLASS_IN or end - reader.place != 4:
            raise Unusual
        addresses.append("{}.{}.{}.{}".format(*data[reader.place : end]))
        smallest = min(smallest, ttl)
        reader.place = end
    return tuple(addresses), smallest


def _negative_ttl(reader: _Reader, count: int) -> float | None:
    """How long "no such name" holds: the smaller of the SOA's TTL and its minimum (RFC 2308, 5); None without one."""
    found: float | None = None
    for _ in range(count):
        reader.name()
        kind, class_, ttl, end = reader.record()
        if kind == _TYPE_SOA and class_ == _CLASS_IN and found is None:
            reader.name()
            reader.name()
            if end - reader.place != 20:
                raise Unusual
            found = float(min(ttl, int.from_bytes(reader.data[end - 4 : end], "big")))
        reader.place = end
    return found
