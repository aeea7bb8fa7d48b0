"""Which domains the envelope and the header name, and where."""

import pytest

from tests.reporter.messages import envelope
from trapline.reporter.evidence.collect import collect
from trapline.reporter.parsing.message import parse


def named(head: str, mail_from: str | None = None, helo: str | None = None) -> dict[str, tuple[str, ...]]:
    """The registered domains of a message with this header, and where each was found."""
    evidence = collect(parse(f"{head}\n\nHello\n".encode()), envelope(mail_from=mail_from, helo=helo))
    return {domain.value: domain.sources for domain in evidence.domains}


@pytest.mark.parametrize("sender", ["root@localhost", "root", "<>", "root@[11.0.0.1]", "root@-.com", "root@a..com"])
def test_a_sender_without_a_domain_name_names_none(sender: str) -> None:
    assert named(f"From: {sender}", mail_from=sender, helo="localhost") == {}


@pytest.mark.parametrize(
    ("field", "source"),
    [
        ("From: News <news@Mail.Pills-Now.com>", "from"),
        ("Sender: news@pills-now.com", "sender"),
        ("Reply-To: news@pills-now.com", "reply_to"),
        ("Return-Path: <news@pills-now.com>", "return_path"),
        ("Message-ID: <1@any.thing.pills-now.com>", "message_id"),
        ("List-Unsubscribe: <mailto:leave%40pills-now.com?subject=x>", "list_unsubscribe"),
    ],
)
def test_each_field_that_holds_an_address_names_its_domain(field: str, source: str) -> None:
    assert named(field) == {"pills-now.com": (source,)}


def test_the_envelope_names_domains_too() -> None:
    found = named("Subject: x", mail_from="a@pills-now.com", helo="mail.pills-now.com")
    assert found == {"pills-now.com": ("helo", "mail_from")}


def test_of_a_field_that_comes_often_the_first_five_are_read() -> None:
    fields = [f"From: a@number-{number}.com" for number in range(6)]
    assert set(named("\n".join(fields))) == {f"number-{number}.com" for number in range(5)}
    mailboxes = ", ".join(f"<mailto:a@number-{number}.com>" for number in range(6))
    assert set(named(f"List-Unsubscribe: {mailboxes}")) == {f"number-{number}.com" for number in range(5)}
