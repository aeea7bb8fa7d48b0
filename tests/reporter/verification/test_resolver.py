"""What is asked about a message's names: so many questions, for so long, each once, and silence is no answer."""

import time

import dns.rcode
import pytest

from tests.reporter.caught import an_envelope
from tests.reporter.verification.checking import DMARC, KEY, PUBLISHED, SPF, a_verifier, checked, nameserver, served
from tests.reporter.verification.signing import MAIL, signed
from tests.servers.name_server import Records, name_server
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.verification import resolver


@pytest.mark.parametrize(
    "failure", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, None], ids=["servfail", "refused", "silence"]
)
def test_a_failure_of_the_dns_is_neither_pass_nor_fail(
    failure: dns.rcode.Rcode | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "QUESTION_SECONDS", 0.2)
    found = checked(signed(), dict.fromkeys([KEY, *PUBLISHED], failure))
    assert found == Authentication(spf="temperror", dkim="temperror", dmarc="temperror")


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
