"""The whole way: from bytes to what is reported, for any bytes."""

import logging
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reporter.messages import TRAP, envelope, html
from trapline.config.settings import Settings
from trapline.reporter import judge as module
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, context, judge


def test_the_order_is_the_sample_the_address_the_domains_the_urls_as_the_message_has_them() -> None:
    judged = judge(html("http://b-pills.com/ http://a-pills.com/"), envelope(helo=None), Context()).judged
    assert [(one.indicator.kind, one.indicator.value) for one in judged] == [
        ("email", "20260101-1"),
        ("ip", "11.2.3.4"),
        ("domain", "pills-now.com"),
        ("domain", "b-pills.com"),
        ("domain", "a-pills.com"),
        ("url", "http://b-pills.com/"),
        ("url", "http://a-pills.com/"),
    ]


def test_a_domain_with_an_emoji_is_one_domain_in_the_envelope_and_in_links_in_either_form() -> None:
    links = html('<a href="http://i\u2764pills.ws/a">a</a> <a href="http://xn--ipills-i50d.ws/b">b</a>')
    judged = judge(links, envelope(helo=None, mail_from="news@I\u2764\ufe0fPills.ws"), Context()).judged
    found = {one.indicator.value: one.indicator.sources for one in judged if one.indicator.kind == "domain"}
    assert found["xn--ipills-i50d.ws"] == ("html:a", "mail_from")


def test_no_reported_value_holds_the_trap_in_any_form() -> None:
    page = "".join(
        f'<a href="http://pills-now.com/{form}">x</a><a href="http://pills-now.com/?x=1&e={form}">y</a>'
        for form in (TRAP, TRAP.upper(), TRAP.encode().hex(), TRAP.replace("@", "%40"), TRAP.replace("@", "="))
    )
    judged = judge(html(page), envelope(), Context()).judged
    urls = [one.indicator.value for one in judged if isinstance(one.decision, Report) and one.indicator.kind == "url"]
    assert set(urls) == {"http://pills-now.com/?x=1"}


def test_a_defect_of_ours_leaves_the_envelopes_evidence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(data: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "parse", broken)
    with caplog.at_level(logging.ERROR):
        judgement = judge(html("x"), envelope(), Context())
    assert judgement.evidence.error == "could not be read (ZeroDivisionError): only the envelope was judged"
    assert {one.indicator.value for one in judgement.judged} == {"20260101-1", "11.2.3.4", "pills-now.com"}
    assert TRAP not in caplog.text


def test_the_context_is_what_the_operator_called_his_own() -> None:
    mine = {
        "ours": {"networks": ["11.1.0.0/16"], "domains": ["our-shop.com"]},
        "milter": {"allow": {"addresses": ["11.2.3.4"], "domains": [".partner.com"]}},
        "reporter": {"receivers": ["mx.our-host.com"], "lists": {"esp": ["our-letters.com"]}},
    }
    made = context(Settings.model_validate(mine), frozenset({"ourtraps.com"}))
    assert {"ourtraps.com", "our-shop.com", "mx.our-host.com"} <= made.own_domains
    assert all(ip_address(one) in made.own_networks for one in ("10.1.2.3", "11.1.2.3", "11.2.3.4"))
    assert made.allowed_domains == (".partner.com",)
    assert [entry.listed_in for entry in made.lists.known_names("our-letters.com")] == ["esp"]


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert judge(data, envelope(), Context()).judged


@pytest.mark.parametrize("data", [
    b"\0" * 100_000,
    b"Content-Type: message/rfc822\n\n" * 3_000,
    b"From: " + b"<a@" * 50_000,
    html("<a href='" * 50_000),
    html("".join(f"<a href='http://x{i}.com/?{i}&{TRAP}'>" for i in range(3_000))),
    html("<a href='http://x.com/?" + "a&" * 3_900 + TRAP + "'>"),
    html("<div>" * 100_000),
    b"Content-Transfer-Encoding: base64\n\n" + b"QQ==\n" * 100_000,
], ids=range(8))  # fmt: skip
def test_hostile_messages_are_judged_within_a_second_or_two(data: bytes) -> None:
    assert judge(data, envelope(), Context()).judged
