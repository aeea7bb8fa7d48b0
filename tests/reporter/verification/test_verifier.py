"""SPF, DKIM and DMARC checked by ourselves: really signed messages, and a real name server."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu_time import within
from tests.reporter.caught import an_envelope
from tests.reporter.verification.signing import MAIL, key_record, signed
from tests.servers.name_server import Records, name_server, serving, whole
from trapline.config.networks import NetworkSet
from trapline.config.values import Nameserver
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.verification import resolver
from trapline.reporter.verification.verifier import Verifier
from trapline.spool.envelope import Client, Envelope

KEY = ("s1._domainkey.pills-shop.com", "TXT")
SPF = ("pills-shop.com", "TXT")
DMARC: tuple[str, resolver.Kind] = ("_dmarc.pills-shop.com", "TXT")
PUBLISHED: Records = {
    SPF: ["some-site-verification=1", "v=spf1 ip4:11.0.0.0/24 -all"],
    DMARC: ["v=DMARC1; p=reject"],
}


def served(records: Records, asked: list[tuple[str, str]] | None = None) -> AbstractContextManager[str]:
    return name_server(serving(records, asked), by_tcp=whole(records, asked))


def nameserver(at: str) -> Nameserver:
    host, _, port = at.partition(":")
    return Nameserver(host, int(port))


def a_verifier(at: str) -> Verifier:
    return Verifier([nameserver(at)], NetworkSet([ip_network("11.9.0.0/16")]))


def checked(
    message: bytes, records: Records | None = None, envelope: Envelope | None = None, **changed: Any
) -> Authentication:
    """What is found with what is published, and `changed` keys of the envelope."""
    with served({KEY: [key_record()], **PUBLISHED, **(records or {})}) as at:
        found = a_verifier(at).check(message, envelope or an_envelope(**changed))
    assert found is not None
    return found


def test_a_spammer_who_signed_for_himself_is_proven() -> None:
    assert checked(signed()) == Authentication(
        spf="pass",
        dkim="pass",
        dmarc="pass",
        spf_domain="pills-shop.com",
        dkim_domains=("pills-shop.com",),
        dmarc_domain="pills-shop.com",
    )


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_signature_fits_however_it_was_made_and_the_message_was_kept(header: bytes, body: bytes, ends: bytes) -> None:
    message = signed(canonicalize=(header, body)).replace(b"\n", ends)
    assert checked(b"Received: from us\n\tby us\n".replace(b"\n", ends) + message).dkim == "pass"


def test_a_text_without_lines_and_a_text_that_is_missing_fit_too() -> None:
    head = MAIL.partition(b"\n\n")[0]
    for mail in (head + b"\n\n", head + b"\n\n\n\n", head + b"\n\nno line end"):
        assert checked(signed(mail, canonicalize=(b"relaxed", b"simple"))).dkim == "pass"


@pytest.mark.parametrize(
    "changed",
    [
        lambda mail: mail.replace(b"Buy them", b"Buy it"),
        lambda mail: mail.replace(b"Subject:  Cheap", b"Subject:  Dear"),
        lambda mail: b"From: Bank <service@bank.com>\n" + mail,
    ],
    ids=["text", "subject", "a second From"],
)
def test_what_was_changed_since_it_was_signed_proves_nothing(changed: Callable[[bytes], bytes]) -> None:
    found = checked(changed(signed()), {SPF: []})
    assert found.dkim == "fail"
    assert found.proven == ()


def test_two_from_fields_are_no_dmarc_even_where_both_were_signed() -> None:
    found = checked(signed(b"From: service@bank.com\n" + MAIL, include_headers=[b"from", b"from", b"subject"]))
    assert (found.dmarc, found.dmarc_domain) == (None, None)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (lambda: signed(length=True), key_record),
        (lambda: signed(length=True) + b"and more, by somebody else\n", key_record),
        (lambda: signed(bits=768), lambda: key_record(768)),
        (lambda: signed(signature_algorithm=b"rsa-sha1"), key_record),
        (lambda: signed(without_from=True), key_record),
        (signed, lambda: key_record(2048, "t=y")),
        (signed, lambda: key_record(2048, "t=s : y")),
    ],
    ids=["l=", "l= and more text", "short key", "SHA-1", "without From", "testing", "testing among others"],
)
def test_a_signature_that_fits_and_proves_nothing_is_named_so(
    message: Callable[[], bytes], key: Callable[[], str]
) -> None:
    found = checked(message(), {SPF: [], KEY: [key()]})
    assert (found.dkim, found.dkim_domains, found.dmarc) == ("policy", (), "fail")


def test_a_signature_proves_nothing_if_it_was_past_its_time_when_the_message_came() -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    message = signed(expires=end)
    assert checked(message, received=end - timedelta(days=1)).dkim == "pass"
    assert checked(message, received=end + timedelta(days=1)).dkim == "policy"


@pytest.mark.parametrize(
    "record",
    [[], ["v=DKIM1; p="], ["v=DKIM1; k=ed25519; p=AAAA"], ["rubbish p=%%%"], ["p=AAAA", "p=BBBB"]],
    ids=["none", "revoked", "another kind", "rubbish", "two"],
)
def test_without_a_key_that_can_be_used_a_signature_proves_nothing(record: list[str]) -> None:
    found = checked(signed(), {KEY: record})
    assert (found.dkim, found.dkim_domains) == ("permerror", ())


def test_a_key_that_takes_long_to_check_is_not_used() -> None:
    assert checked(signed(), {KEY: [key_record() + "A" * 1_000]}).dkim == "permerror"


@pytest.mark.parametrize(
    "failure", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, None], ids=["servfail", "refused", "silence"]
)
def test_a_failure_of_the_dns_is_neither_pass_nor_fail(
    failure: dns.rcode.Rcode | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "QUESTION_SECONDS", 0.2)
    found = checked(signed(), dict.fromkeys([KEY, *PUBLISHED], failure))
    assert found == Authentication(spf="temperror", dkim="temperror", dmarc="temperror")


def test_dmarc_is_undecided_while_a_check_that_it_rests_on_is() -> None:
    assert checked(signed(), {KEY: dns.rcode.SERVFAIL, SPF: ["v=spf1 -all"]}).dmarc == "temperror"
    assert checked(signed(), {KEY: dns.rcode.SERVFAIL}).dmarc == "pass"  # by SPF


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (["v=spf1 ip4:11.0.0.66 -all"], "pass"),
        (["v=spf1 mx -all"], "pass"),
        (["v=spf1 include:_spf.mailer.com -all"], "pass"),
        (["v=spf1 redirect=_spf.mailer.com"], "pass"),
        (["v=spf1 exists:%{i}._spf.%{d} -all"], "pass"),
        (["v=spf1 -all"], "fail"),
        (["v=spf1 ~all"], "softfail"),
        (["v=spf1 ?all"], "neutral"),
        (["v=spf1 a:no.pills-shop.com a:nor.pills-shop.com a:neither.pills-shop.com ~all"], "permerror"),
        (["v=spf1 include:pills-shop.com -all"], "permerror"),
        (["v=spf1 ip4:11.0.0.66 -all", "v=spf1 +all"], "permerror"),
        (["v=spf1 ip4:11.0.0.66 moo"], "permerror"),
        (["v=spf1 " + "ip4:11.7.7.7 " * 400 + "+all"], "permerror"),
        (["v=spf1 " + "ip4:11.7.7.7 " * 100 + "+all"], "pass"),
        (["no spf"], "none"),
        ([], "none"),
    ],
)  # fmt: skip
def test_what_a_senders_spf_record_says_of_the_client(record: list[str], result: str) -> None:
    published: Records = {
        SPF: record,
        ("pills-shop.com", "MX"): ["10 mail.pills-shop.com."],
        ("mail.pills-shop.com", "A"): ["11.0.0.66"],
        ("_spf.mailer.com", "TXT"): ["v=spf1 ip4:11.0.0.64/30 -all"],
        ("11.0.0.66._spf.pills-shop.com", "A"): ["127.0.0.2"],
    }
    found = checked(MAIL, published)
    assert found.spf == result
    assert found.spf_domain == ("pills-shop.com" if result == "pass" else None)


def test_spf_is_about_the_helo_where_the_sender_is_null() -> None:
    found = checked(MAIL, {("mail.pills-shop.com", "TXT"): ["v=spf1 ip4:11.0.0.66 -all"]}, mail_from="")
    assert (found.spf, found.spf_domain) == ("pass", "mail.pills-shop.com")


def test_spf_takes_an_ipv6_client() -> None:
    found = checked(MAIL, {SPF: ["v=spf1 ip6:2a00:1450::/32 -all"]}, client="2a00:1450::25")
    assert found.spf == "pass"


@pytest.mark.parametrize("sender", ['"a@bank.com"@pills-shop.com', "a@b@pills-shop.com", "x@PILLS-shop.com."])
def test_spf_is_about_what_stands_behind_the_last_at_sign(sender: str) -> None:
    assert checked(MAIL, mail_from=sender).spf_domain == "pills-shop.com"


@pytest.mark.parametrize(
    ("from_", "record", "result"),
    [
        ("news@mail.pills-shop.com", {("_dmarc.pills-shop.com", "TXT"): ["v=DMARC1; p=none"]}, "pass"),
        ("news@mail.pills-shop.com", {("_dmarc.pills-shop.com", "TXT"): ["v=DMARC1; p=none; adkim=s; aspf=s"]}, "fail"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1; p=reject"]}, "fail"),
        ("service@bank.com", {}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1 rubbish"]}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): dns.rcode.SERVFAIL}, "temperror"),
    ],
)
def test_dmarc_asks_whether_what_is_proven_fits_the_from_field(from_: str, record: Records, result: str) -> None:
    message = signed(MAIL.replace(b"news@pills-shop.com", from_.encode()))
    found = checked(message, record)
    assert found.dkim == "pass"
    assert found.dmarc == result


@pytest.mark.parametrize(
    "client",
    [
        Client(address=an_envelope().client.address, authenticated=True),
        Client(address=an_envelope().client.address, exempt=True),
        an_envelope(client="11.9.1.1").client,
    ],
    ids=["authenticated", "exempt", "our network"],
)
def test_nothing_is_asked_about_our_own_clients(client: Client) -> None:
    asked: list[tuple[str, str]] = []
    with served(PUBLISHED, asked) as at:
        assert a_verifier(at).check(signed(), an_envelope(client=client)) is None
    assert asked == []


def test_a_message_that_was_cut_off_or_never_came_is_not_called_forged() -> None:
    envelope = an_envelope()
    cut = checked(signed()[:-20], {SPF: []}, replace(envelope, truncated=True))
    assert (cut.dkim, cut.dmarc) == (None, "temperror")
    bodiless = checked(b"", None, replace(envelope, bodiless=True))
    assert (bodiless.spf, bodiless.dkim, bodiless.dmarc) == ("pass", None, None)


def test_without_a_client_address_spf_says_nothing() -> None:
    assert checked(signed(), client=Client()).spf is None


def test_only_the_topmost_signatures_are_checked() -> None:
    asked: list[tuple[str, str]] = []
    other = b"".join(b"DKIM-Signature: v=1; d=d%d.com; s=s1\n" % number for number in range(50))
    with served(PUBLISHED, asked) as at:
        found = a_verifier(at).check(other + signed(), an_envelope())
    assert found is not None
    assert found.dkim != "pass"
    assert len([name for name, _ in asked if "_domainkey" in name]) == 5


def test_no_message_asks_more_than_its_allowance() -> None:
    asked: list[tuple[str, str]] = []
    many = {(f"h{number}.pills-shop.com", "A"): ["11.7.7.7"] for number in range(100)}
    chain = {
        (f"i{one}.pills-shop.com", "TXT"): [f"v=spf1 mx:m{one}.pills-shop.com include:i{one + 1}.pills-shop.com"]
        for one in range(20)
    }  # fmt: skip
    exchangers = {
        (f"m{number}.pills-shop.com", "MX"): [f"10 h{number * 10 + place}.pills-shop.com." for place in range(10)]
        for number in range(10)
    }
    records: Records = {**PUBLISHED, **many, **chain, **exchangers, SPF: ["v=spf1 include:i0.pills-shop.com -all"]}
    with served(records, asked) as at:
        found = a_verifier(at).check(signed(), an_envelope())
    assert found is not None
    assert found.spf in {"permerror", "temperror"}
    assert len(asked) <= resolver.MAX_QUESTIONS


def test_slow_answers_take_no_more_than_the_messages_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "MAX_SECONDS", 0.5)
    other = b"".join(b"DKIM-Signature: v=1; d=d%d.com; s=s1\n" % number for number in range(50))
    began = time.monotonic()
    with name_server(lambda _: None) as at:
        found = a_verifier(at).check(other + MAIL, an_envelope())
    assert time.monotonic() - began < 3
    assert found == Authentication(spf="temperror", dkim="temperror", dmarc="temperror")


def ask_silent_ones(shared: resolver.Resolver, number: int) -> None:
    for place in range(number):
        with pytest.raises(resolver.UnansweredError):
            shared.ask(f"d{place}.com", "TXT", 9.0)


def test_names_whose_own_servers_are_silent_do_not_keep_others_from_being_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolver, "QUESTION_SECONDS", 0.1)
    silent: Records = {(f"d{place}.com", "TXT"): None for place in range(resolver.SILENT_QUESTIONS)}
    with served({**PUBLISHED, **silent}) as at:
        shared = resolver.Resolver([nameserver(at)])
        ask_silent_ones(shared, resolver.SILENT_QUESTIONS)
        assert shared.ask(*DMARC, 9.0) == (b"v=DMARC1; p=reject",)


def test_resolvers_that_answer_nothing_at_all_are_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "QUESTION_SECONDS", 0.1)
    asked: set[str] = set()
    with name_server(lambda query: asked.add(query.question[0].name.to_text())) as at:
        ask_silent_ones(resolver.Resolver([nameserver(at)]), resolver.SILENT_QUESTIONS + 5)
    assert asked == {".", *(f"d{place}.com." for place in range(resolver.SILENT_QUESTIONS))}


def test_what_was_asked_is_not_asked_again() -> None:
    asked: list[tuple[str, str]] = []
    with served(PUBLISHED, asked) as at:
        verifier = a_verifier(at)
        for _ in range(3):
            verifier.check(signed(), an_envelope())
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    "text",
    [
        b" " * 3_000_000 + b"x",
        b"\t \n" * 1_000_000,
        b"\n" * 4_000_000,
        b"\r" + b"\n" * 2_000_000,
        (b" " * 900 + b"x") * 5_000,
    ],
    ids=["blanks", "blank lines", "empty lines", "a bare CR above them", "runs of blanks"],
)
def test_a_text_made_to_be_slow_is_not(text: bytes) -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=pills-shop.com; s=s1; h=from; bh=AAAA; b=AAAA\n"
    began = time.process_time()
    assert checked(head * 5 + MAIL + text).dkim == "fail"
    assert within(6, began)


@pytest.mark.parametrize(
    "field",
    [
        b"b=" + b" \n" * 1_000 + b"!",
        b"b=" + b"\n " * 2_000 + b"!",
        b"b=" + b"A " * 2_000 + b"!",
        b"bh=" + b"A" * 4_000 + b"!",
        b"d=" + b"a." * 2_000,
        b"t=" + b"9" * 3_900,
        b"h=" + b"from:" * 700,
    ],
)
def test_a_signature_made_to_be_slow_is_not(field: bytes) -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=pills-shop.com; s=s1; h=from; bh=AAAA; b=AAAA; "
    began = time.process_time()
    assert checked((head + field + b"\n") * 5 + MAIL).dkim != "pass"
    assert within(3, began)


def test_a_header_of_countless_lines_is_not_verified() -> None:
    began = time.process_time()
    assert checked(signed(MAIL.replace(b"\tpills", b"\tpills\n" + b" x\n" * 100_000)[:200_000])).dkim == "policy"
    assert within(10, began)  # most of it for the signing


_TAGS = st.lists(
    st.tuples(
        st.sampled_from(["v", "a", "b", "bh", "c", "d", "h", "i", "l", "q", "s", "t", "x", "z"]),
        st.sampled_from(["1", "rsa-sha256", "AAAA", "relaxed/relaxed", "pills-shop.com", "from", "s1", "", "@", "ü"]),
    ).map("=".join),
    max_size=12,
).map("; ".join)  # fmt: skip


@pytest.fixture(scope="module")
def published() -> Iterator[tuple[dict[tuple[str, str], Any], str]]:
    """Records that may be changed, and where they are served."""
    records: dict[tuple[str, str], Any] = {KEY: [key_record()], **PUBLISHED}
    with served(records) as at:
        yield records, at


@settings(max_examples=100, deadline=None)
@given(
    tags=_TAGS,
    spf=st.sampled_from(["", "v=spf1 ", "v=spf1 a:%{d} ", "v=spf1 exp=%{s}"]),
    more=st.text("%{}sl1r-.:/+ abmx=", max_size=30),
)
def test_whatever_a_sender_writes_there_is_a_result(
    published: tuple[dict[tuple[str, str], Any], str], tags: str, spf: str, more: str
) -> None:
    records, at = published
    records[SPF] = [spf + more]
    found = a_verifier(at).check(f"DKIM-Signature: {tags}\n".encode() + MAIL, an_envelope())
    assert found is not None
    assert found.dkim_domains == ()
