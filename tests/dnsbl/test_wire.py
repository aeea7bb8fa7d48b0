"""Our reading of an answer is dnspython's, for every answer that it takes; for any other there is no listing."""

import os
import struct

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from trapline.dnsbl import wire
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.wire import Answer, Unusual

NAME = "66.7.8.9.KEY.zen.dq.spamhaus.net"
ENCODED = wire.encode(NAME)
ID = 4711

addresses = st.lists(st.ip_addresses(v=4).map(str), max_size=12, unique=True)
ttls = st.integers(0, 2**31 - 1)


def a_response(*found: str, ttl: int = 60, identity: int = ID) -> dns.message.Message:
    response = dns.message.make_response(dns.message.make_query(NAME, "A", id=identity), recursion_available=True)
    if found:
        response.answer.append(dns.rrset.from_text(f"{NAME}.", ttl, "IN", "A", *found))
    return response


def with_soa(response: dns.message.Message, ttl: int, minimum: int) -> dns.message.Message:
    text = f"ns.spamhaus.net. hostmaster.spamhaus.net. 1 60 60 60 {minimum}"
    response.authority.append(dns.rrset.from_text("zen.dq.spamhaus.net.", ttl, "IN", "SOA", text))
    return response


def read(raw: bytes) -> Answer | None:
    return wire.read(raw, ID, ENCODED)


def test_a_question_is_what_dnspython_would_ask() -> None:
    asked = dns.message.from_wire(wire.query(ID, ENCODED))
    assert asked.id == ID
    assert str(asked.question[0]) == f"{NAME}. IN A"
    assert asked.flags == dns.flags.RD


@given(addresses.filter(bool), ttls)
def test_addresses_and_ttl_are_read(found: list[str], ttl: int) -> None:
    raw = a_response(*found, ttl=ttl).to_wire()
    assert read(raw) == Answer(tuple(str(rdata) for rdata in dns.message.from_wire(raw).answer[0]), ttl)


@given(ttls, ttls, st.sampled_from([dns.rcode.NOERROR, dns.rcode.NXDOMAIN]))
def test_no_such_name_holds_as_long_as_the_soa_says(ttl: int, minimum: int, rcode: dns.rcode.Rcode) -> None:
    response = with_soa(a_response(), ttl, minimum)
    response.set_rcode(rcode)
    assert read(response.to_wire()) == Answer((), float(min(ttl, minimum)))


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR, dns.rcode.NOTAUTH])
def test_a_failure_is_one(rcode: dns.rcode.Rcode) -> None:
    response = a_response()
    response.set_rcode(rcode)
    with pytest.raises(LookupFailed):
        read(response.to_wire())


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR, dns.rcode.NOTIMP])
def test_a_failure_that_does_not_repeat_the_question_is_one(rcode: dns.rcode.Rcode) -> None:
    """To wait for more would cost mail the whole time."""
    with pytest.raises(LookupFailed, match=dns.rcode.to_text(rcode)):
        read(without_question(rcode))


@pytest.mark.parametrize("rcode", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN])
def test_any_other_answer_that_does_not_repeat_it_is_none(rcode: dns.rcode.Rcode) -> None:
    assert read(without_question(rcode)) is None


def without_question(rcode: dns.rcode.Rcode) -> bytes:
    return struct.pack("!HHHHHH", ID, 0x8180 | rcode, 0, 0, 0, 0)


def test_a_resolver_that_knows_nothing_is_lame() -> None:
    with pytest.raises(LookupFailed, match="lame"):
        read(a_response().to_wire())


def test_a_truncated_answer_and_an_alias_are_left_to_dnspython() -> None:
    truncated = a_response("127.0.0.2")
    truncated.flags |= dns.flags.TC
    alias = a_response()
    alias.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "CNAME", "elsewhere.com."))
    for response in (truncated, alias):
        with pytest.raises(Unusual):
            read(response.to_wire())


def test_what_answers_another_question_is_no_answer() -> None:
    other = dns.message.make_response(dns.message.make_query("1." + NAME, "A", id=ID))
    query = dns.message.make_query(NAME, "A", id=ID)
    two = bytearray(a_response("127.0.0.2").to_wire())
    two[5] = 2  # questions
    for raw in (other.to_wire(), query.to_wire(), a_response("127.0.0.2", identity=ID + 1).to_wire(), bytes(two), b""):
        assert read(raw) is None


def test_the_case_of_the_name_may_differ() -> None:
    raw = a_response("127.0.0.2").to_wire()
    assert read(raw.replace(b"KEY", b"kEy")) == Answer(("127.0.0.2",), 60)


def said_by_dnspython(raw: bytes) -> set[str]:
    """The addresses in `raw` for our name; empty where dnspython can't read it."""
    try:
        message = dns.message.from_wire(raw)
    except (dns.exception.DNSException, ValueError):
        return set()
    return {str(rdata) for rrset in message.answer if rrset.rdtype == dns.rdatatype.A for rdata in rrset}


@given(addresses, st.binary(max_size=8), st.integers(0, 200), st.integers(0, 8))
def test_a_damaged_answer_lists_nothing_that_dnspython_would_not(
    found: list[str], junk: bytes, place: int, cut: int
) -> None:
    raw = with_soa(a_response(*found), 60, 60).to_wire()
    damaged = raw[:place] + junk + raw[place + cut :]
    try:
        answer = read(damaged)
    except (LookupFailed, Unusual):
        answer = None
    assert answer is None or set(answer.addresses) <= said_by_dnspython(damaged)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(junk: bytes) -> None:
    head = a_response("127.0.0.2").to_wire()[:50]
    try:
        answer = read(head + junk)
    except (LookupFailed, Unusual):
        answer = None
    assert answer is None or isinstance(answer, Answer)


LABELS = st.text("abz09-_", max_size=70)


@given(st.lists(LABELS | st.just("a" * 63), min_size=1, max_size=6).map(".".join))
@example("a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * 61)
@example("a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * 62)
@example("a..b")
def test_a_name_is_written_as_dnspython_writes_it_and_refused_where_it_refuses_it(name: str) -> None:
    assume(name not in {"", "."} and not name.endswith("."))  # to dnspython the root's dot, which ours are without
    try:
        expected = dns.name.from_text(name).to_wire()
    except dns.exception.DNSException:
        with pytest.raises(LookupFailed):
            wire.encode(name)
    else:
        assert wire.encode(name) == expected


def test_a_pointer_to_what_is_no_name_lists_nothing() -> None:
    raw = bytearray(with_soa(a_response("127.0.0.2"), 60, 60).to_wire())
    end = len(a_response("127.0.0.2").to_wire())
    raw[raw.index(b"\x02ns\xc0", end) + 4] = 1  # into the header
    with pytest.raises(Unusual):
        read(bytes(raw))


def test_what_resolvers_put_beside_a_listing_is_passed_over() -> None:
    raw = with_servers(a_response("127.0.0.2")).to_wire()
    assert read(raw) == Answer(("127.0.0.2",), 60)


def test_a_listing_beside_a_record_that_is_none_is_left_to_dnspython() -> None:
    raw = bytearray(with_servers(a_response("127.0.0.2")).to_wire())
    raw[-18:-16] = struct.pack("!H", 36)  # the AAAA record's length
    odd = with_servers(a_response("127.0.0.2"))
    odd.additional.append(dns.rrset.from_text("ns.spamhaus.net.", 60, "IN", "TXT", "x"))
    for damaged in (bytes(raw), odd.to_wire()):
        with pytest.raises(Unusual):
            read(damaged)


def test_a_listing_beside_a_name_that_runs_over_its_own_pointer_is_left_to_dnspython() -> None:
    response = with_servers(a_response("127.0.0.2"))
    del response.additional[1:]
    raw = bytearray(response.to_wire())
    owner = len(a_response("127.0.0.2").to_wire())
    raw[owner : owner + 2] = b"\xc0\x09"  # into the header, on through the question, to the zero behind the pointer
    assert said_by_dnspython(bytes(raw)) == set()
    with pytest.raises(Unusual):
        read(bytes(raw))


def test_a_long_chain_of_pointers_is_left_to_dnspython() -> None:
    raw = bytearray(a_response("127.0.0.2").to_wire())
    target = 12  # the question's name
    for _ in range(20):  # records whose owners point to each other
        raw += struct.pack("!HHHIHI", 0xC000 | target, 1, 1, 60, 4, 0x0B000001)
        target = len(raw) - 16
    raw[10:12] = struct.pack("!H", 20)
    assert said_by_dnspython(bytes(raw)) == set()
    with pytest.raises(Unusual):
        read(bytes(raw))


def test_a_zone_with_two_soas_is_left_to_dnspython() -> None:
    response = with_soa(with_soa(a_response(), 60, 60), 60, 30)
    other = response.authority[-1]
    response.authority[-1] = dns.rrset.from_rdata_list(dns.name.from_text("spamhaus.net."), 60, list(other))
    with pytest.raises(Unusual):
        read(response.to_wire())


def with_servers(response: dns.message.Message) -> dns.message.Message:
    response.authority.append(dns.rrset.from_text("zen.dq.spamhaus.net.", 60, "IN", "NS", "ns.spamhaus.net."))
    response.additional.append(dns.rrset.from_text("ns.spamhaus.net.", 60, "IN", "A", "11.0.0.1"))
    response.additional.append(dns.rrset.from_text("ns.spamhaus.net.", 60, "IN", "AAAA", "2a00::1"))
    return response


A_POINTER = b"\xc0\x0c"  # to the question's name
SOA = b"\0\0" + bytes(20)  # two names of no label, five numbers
LONGEST = (b"\x3f" + b"x" * 63) * 3 + b"\x3d" + b"x" * 61 + b"\0"  # 255 octets


def record(
    owner: bytes = A_POINTER, kind: int = 1, class_: int = 1, ttl: int = 60, data: bytes = b"\x7f\0\0\x02"
) -> bytes:
    return owner + struct.pack("!HHIH", kind, class_, ttl, len(data)) + data


def raw_response(
    answers: tuple[bytes, ...] = (),
    authority: tuple[bytes, ...] = (),
    additional: tuple[bytes, ...] = (),
    *,
    flags: int = 0,
    behind: bytes = b"",
) -> bytes:
    counts = 1, len(answers), len(authority), len(additional)
    head = struct.pack("!HHHHHH", ID, 0x8180 | flags, *counts) + ENCODED + b"\0\x01\0\x01"
    return head + b"".join((*answers, *authority, *additional)) + behind


@pytest.mark.parametrize("owner", [A_POINTER, ENCODED, ENCODED.upper()])
def test_a_listing_is_read_whichever_way_its_owner_is_written(owner: bytes) -> None:
    assert read(raw_response((record(owner),))) == Answer(("127.0.0.2",), 60)


@pytest.mark.parametrize("other", [LONGEST, b"\0", b"\x3f" + b"x" * 63 + b"\0"])
def test_a_listing_is_read_beside_any_name_that_is_one(other: bytes) -> None:
    assert read(raw_response((record(),), additional=(record(other),))) == Answer(("127.0.0.2",), 60)


ODD = {
    "a record of another name": raw_response((record(b"\x01x" + A_POINTER),)),
    "a record of another type": raw_response((record(kind=16),)),
    "a record of another class": raw_response((record(class_=3),)),
    "an address of five octets": raw_response((record(data=b"\x7f\0\0\x02\0"),)),
    "a TTL of 32 bits": raw_response((record(ttl=2**31),)),
    "a record without its end": raw_response((record()[:-1],)),
    "octets behind a listing": raw_response((record(),), behind=b"x"),
    "a listing of a name that does not exist": raw_response((record(),), flags=3),
    "a label of 64 octets": raw_response((record(),), additional=(record(b"\x40" + b"x" * 64 + b"\0"),)),
    "a name of 256 octets": raw_response((record(),), additional=(record(LONGEST[:192] + b"\x3ex" + LONGEST[193:]),)),
    "a pointer to itself": raw_response((record(),), additional=(record(b"\xc0" + bytes((66,))),)),
    "a neighbour of another class": raw_response((record(),), additional=(record(class_=3),)),
    "octets behind no listing": raw_response((), (record(kind=6, data=SOA),), flags=3, behind=b"x"),
    "an SOA of another class": raw_response((), (record(kind=6, class_=3, data=SOA),), flags=3),
    "an SOA that is too long": raw_response((), (record(kind=6, data=SOA + b"x"),), flags=3),
}


@pytest.mark.parametrize("what", ODD)
def test_left_to_dnspython_is(what: str) -> None:
    with pytest.raises(Unusual):
        read(ODD[what])


@pytest.mark.parametrize("flags", [dns.rcode.NXDOMAIN, dns.flags.AA], ids=["no such name", "authoritative"])
def test_no_such_name_without_an_soa_is_not_kept(flags: int) -> None:
    assert read(raw_response(flags=flags)) == Answer((), 0)


def test_every_process_draws_its_own_random_ids() -> None:
    wire.identity()
    receive, send = os.pipe()
    if (child := os.fork()) == 0:
        os.write(send, struct.pack("!64H", *(wire.identity() for _ in range(64))))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = struct.unpack("!64H", os.read(receive, 128))
    assert theirs != tuple(wire.identity() for _ in range(64))
    os.close(receive)
    os.close(send)
