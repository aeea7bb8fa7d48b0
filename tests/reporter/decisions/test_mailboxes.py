"""A Junk folder's message is one person's opinion; a honeypot's is a trap hit."""

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from trapline.reporter.indicators import IndicatorKind, Report, Skip, without_history
from trapline.reporter.judge import Context, Judgement, judge
from trapline.spool.envelope import Client, Envelope, Recipient

ANNA = "anna@harbour-mail.com"
RESULTS = "Authentication-Results: mx.google.com; dkim=pass header.d=pills-shop.com\n"


def mail(results: str = RESULTS) -> bytes:
    text = f"{results}From: x@pills-shop.com\nTo: {ANNA}\nSubject: s\n\nhttp://landing-pills.com/buy?u={ANNA}\n"
    return text.encode()


def read(**facts: Any) -> Envelope:
    table: dict[str, Any] = {
        "id": "mailbox-1",
        "received": datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        "source": "mailbox",
        "role": "junk",
        "client": Client(address=ip_address("11.2.3.4")),
        "recipients": (Recipient(address=ANNA, label="Anna"),),
        "mailbox": "anna",
        "authserv_ids": ("mx.google.com",),
    }
    return Envelope(**table | facts)


def honeypot() -> Envelope:
    return read(role="honeypot", recipients=(Recipient(address=ANNA, trap=True, label="Anna", kind="pristine"),))


def decision(judgement: Judgement, kind: IndicatorKind, value: str) -> Report | Skip:
    (found,) = (one.decision for one in judgement.judged if one.indicator.kind == kind and one.indicator.value == value)
    return found


def test_from_junk_the_links_the_senders_proven_domain_and_a_sample_are_reported() -> None:
    judgement = judge(mail(), read(), Context())
    assert decision(judgement, "url", "http://landing-pills.com/buy") == Report()
    assert decision(judgement, "domain", "pills-shop.com") == Report()
    assert decision(judgement, "email", "mailbox-1") == Report()


def test_a_domain_that_junk_merely_links_to_is_spared() -> None:
    assert "only the sender's own domain" in str(
        decision(judge(mail(), read(), Context()), "domain", "landing-pills.com")
    )


def test_a_domain_that_nobody_vouched_for_is_spared() -> None:
    assert isinstance(decision(judge(mail(""), read(), Context()), "domain", "pills-shop.com"), Skip)


def test_results_of_a_server_that_the_mailbox_does_not_trust_count_for_nothing() -> None:
    judgement = judge(mail(), read(authserv_ids=()), Context(authserv_ids=("mx.google.com",)))
    assert isinstance(decision(judgement, "domain", "pills-shop.com"), Skip)


def test_the_client_waits_for_another_witness() -> None:
    waiting = decision(judge(mail(), read(), Context()), "ip", "11.2.3.4")
    assert without_history(waiting) == Skip(
        "a Junk folder is one person's opinion: only once another mailbox or a trap saw this client within 7 days"
    )


def test_junk_is_not_mixed() -> None:
    assert not read().mixed
    assert not honeypot().mixed


def test_a_honeypots_mail_is_a_hit_of_a_pristine_trap() -> None:
    judgement = judge(mail(), honeypot(), Context())
    assert decision(judgement, "ip", "11.2.3.4") == Report()
    assert decision(judgement, "domain", "landing-pills.com") == Report()
    assert [trap.label for trap in judgement.evidence.envelope.traps] == ["Anna"]
