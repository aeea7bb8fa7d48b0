"""The one kind of question that a DNSBL is asked, on the wire: one name, type A, and its answer.

Building and reading it by hand costs a tenth of what a general library takes, and every session asks three. Only the
ordinary is read here: whatever is unusual (truncation, aliases, anything that does not fit to the byte) is `Unusual`
and goes to dnspython. Nothing here is logged or shown: the DQS key is in the name.
Sources: RFC 1035, 4.1 (messages), 4.1.4 (compression); RFC 2308, 2.1 and 5 (negative answers), RFC 2181, 8 (TTLs).
"""

import os
import struct
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from trapline.config.names import MAX_DOMAIN_LENGTH, MAX_LABEL_LENGTH
from trapline.dnsbl.errors import LookupFailed

MAX_NAME_OCTETS = 255  #: of a name on the wire (RFC 1035, 2.3.4), as all of these
MAX_POINTERS = 16  #: in one name, as dnspython has it; an ordinary one has one
MAX_RESPONSE_BYTES = 4096  #: of a datagram that is read; without EDNS an answer has at most 512 (RFC 1035, 4.2.1)

_HEADER = struct.Struct("!HHHHHH")  # id, flags, counts of questions, answers, authority, additional
_RECORD = struct.Struct("!HHIH")  # type, class, TTL, length
_TYPE_A_CLASS_IN = b"\0\x01\0\x01"
_TYPE_A, _TYPE_NS, _TYPE_SOA, _TYPE_AAAA, _CLASS_IN = 1, 2, 6, 28, 1

_RESPONSE, _OPCODE, _AUTHORITATIVE, _TRUNCATED, _RCODE = 0x8000, 0x7800, 0x0400, 0x0200, 0x000F
_RECURSION_DESIRED = 0x0100
_NOERROR, _NXDOMAIN = 0, 3
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED"}

_ADDRESS_BYTES = {_TYPE_A: 4, _TYPE_AAAA: 16}

_LENGTHS = tuple(bytes((length,)) for length in range(MAX_LABEL_LENGTH + 1))  # of labels
_identities: deque[int] = deque()
os.register_at_fork(after_in_child=_identities.clear)

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
    if len(name) > MAX_DOMAIN_LENGTH:
        raise LookupFailed("no DNS name: too long")
    return labels(name) + b"\0"


def labels(text: str) -> bytes:
    """The labels in `text` on the wire, without what ends a name. Raises LookupFailed: one is empty or too long."""
    every = text.encode("ascii").split(b".")
    if b"" in every:
        raise LookupFailed("no DNS name: a label is empty")
    try:
        return b"".join([_LENGTHS[len(label)] + label for label in every])
    except IndexError:
        raise LookupFailed("no DNS name: a label is too long") from None


def identity() -> int:
    """A random ID for a question (RFC 5452, 4.3), from the system's source, which is asked for many at once."""
    while True:
        try:
            return _identities.pop()
        except IndexError:
            _identities.extend(struct.unpack("!512H", os.urandom(1024)))


def query(identity: int, name: bytes) -> bytes:
    """The question about the encoded `name`, with recursion desired."""
    return _HEADER.pack(identity, _RECURSION_DESIRED, 1, 0, 0, 0) + name + _TYPE_A_CLASS_IN


def read(response: bytes, identity: int, name: bytes) -> Answer | None:
    """What `response` answers to the question `identity` about the encoded `name`; None where it is not its answer.

    Raises LookupFailed: the resolver says that it failed, or answers without knowing (lame). Raises Unusual: dnspython
    has to read it.
    """
    if len(response) < _HEADER.size:
        return None
    said, flags, questions, answers, authority, additional = _HEADER.unpack_from(response)
    if said != identity or flags & (_RESPONSE | _OPCODE) != _RESPONSE:
        return None
    if questions != 1:
        if questions == 0:
            _rcode(flags & _RCODE)  # who fails may leave the question out
        return None
    question = name + _TYPE_A_CLASS_IN
    end = _HEADER.size + len(question)
    echoed = response[_HEADER.size : end]
    if echoed != question and echoed.lower() != question.lower():
        return None
    rcode = _rcode(flags)
    if answers:
        addresses, ttl = _positive(response, end, name, answers, authority, additional)
        if rcode == _NXDOMAIN:
            raise Unusual
        return Answer(addresses, ttl)
    negative = _negative(response[end:], end, authority, additional)
    if negative is None and rcode == _NOERROR and not flags & _AUTHORITATIVE:
        raise LookupFailed("a lame answer")
    return negative or Answer((), 0.0)


def _positive(
    response: bytes, start: int, name: bytes, answers: int, authority: int, additional: int
) -> tuple[tuple[str, ...], int]:
    """The addresses of an answer that has some, and their TTL. Raises Unusual."""
    reader = _Reader(response, start)
    found = _addresses(reader, answers, name)
    _negative_ttl(reader, authority)  # whose SOA has to be well-formed here, too
    for _ in range(additional):
        reader.bystander()
    if reader.place != len(response):
        raise Unusual
    return found


@lru_cache(256)
def _negative(records: bytes, start: int, authority: int, additional: int) -> Answer | None:
    """The answer "no such name" with `records`, which stand at `start` of the response; None without an SOA.

    Raises Unusual. Remembered, since a zone says the same of all that it does not list.
    """
    reader = _Reader(bytes(start) + records, start)
    found = _negative_ttl(reader, authority)
    for _ in range(additional):
        reader.bystander()
    if reader.place != len(reader.data):
        raise Unusual
    return None if found is None else Answer((), found)


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
        """Pass over a name; where it started. What it points to is looked at too, since a name has to be one."""
        data, start = self.data, self.place
        place = before = start
        end, octets, border, hops = 0, 1, len(data), 0
        try:
            while length := data[place]:
                if length >= _POINTER:
                    target = (length & 0x3F) << 8 | data[place + 1]
                    hops += 1
                    # Backwards only (RFC 1035, 4.1.4): so it comes to an end. No name runs over what points to it.
                    if target >= before or place >= border or hops > MAX_POINTERS:
                        raise Unusual
                    end = end or place + 2
                    border = before
                    place = before = target
                    continue
                octets += length + 1
                if length > MAX_LABEL_LENGTH or octets > MAX_NAME_OCTETS:
                    raise Unusual
                place += length + 1
        except IndexError:
            raise Unusual from None
        if place >= border:
            raise Unusual
        self.place = end or place + 1
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

    def bystander(self) -> None:
        """Pass over a whole record that says nothing of the name that was asked."""
        self.name()
        kind, class_, _, end = self.record()
        self.server(kind, class_, end)

    def server(self, kind: int, class_: int, end: int) -> None:
        """Pass over the data of what resolvers put beside an answer: the zone's name servers, and their addresses."""
        if kind == _TYPE_NS:
            self.name()
        else:
            self.place += _ADDRESS_BYTES.get(kind, -1)
        if class_ != _CLASS_IN or self.place != end:
            raise Unusual


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
        if kind != _TYPE_SOA:
            reader.server(kind, class_, end)
            continue
        reader.name()
        reader.name()
        if class_ != _CLASS_IN or found is not None or end - reader.place != 20:
            raise Unusual
        found = float(min(ttl, int.from_bytes(reader.data[end - 4 : end], "big")))
        reader.place = end
    return found
