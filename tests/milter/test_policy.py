"""From findings to a verdict."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.settings import Settings
from trapline.dnsbl.findings import Listed
from trapline.milter.policy import Policy
from trapline.milter.verdicts import Accept, Refuse, Tag

ZEN = Listed("zen", "9.8.7.66", ("127.0.0.2",))
DBL = Listed("dbl", "pills.com", ("127.0.1.2",))
ZRD = Listed("zrd", "pills.com", ("127.0.2.3",))


def policy(zen: str = "reject", mode: str = "enforce", **sections: Any) -> Policy:
    return Policy(Settings.model_validate({"dqs": {"mode": mode, "zen": {"action": zen}}} | sections))


def refusal(*listings: Listed, **settings: Any) -> str:
    verdict = policy(**settings).verdict(listings)
    assert isinstance(verdict, Refuse)
    return str(verdict.reply)


def test_a_listed_client_is_refused_with_the_zone_the_address_and_a_link() -> None:
    reply = refusal(ZEN)
    assert reply.startswith("550 5.7.1 ")
    assert "zen" in reply
    assert "[9.8.7.66]" in reply
    assert "https://check.spamhaus.org/query/ip/9.8.7.66" in reply


def test_a_listed_domain_is_refused_and_a_new_one_told_to_come_back() -> None:
    assert refusal(DBL).startswith("550 5.7.1 ")
    assert refusal(ZRD).startswith("450 4.7.1 ")
    assert "https://check.spamhaus.org/query/domain/pills.com" in refusal(ZRD)


def test_the_strongest_action_decides() -> None:
    assert "zen" in refusal(ZRD, ZEN)
    assert refusal(ZEN, DBL, zen="tempfail").startswith("550 ")


def test_who_is_not_listed_is_accepted() -> None:
    assert policy().verdict([]) == Accept()


def test_log_and_shadow_refuse_nothing_and_note_what_they_saw() -> None:
    assert policy(zen="log").verdict([ZEN]) == Accept(noted=(ZEN,))
    assert policy(mode="shadow").verdict([ZEN, DBL]) == Accept(noted=(ZEN, DBL))


def test_a_tag_names_the_listing() -> None:
    assert policy(zen="tag").verdict([ZEN]) == Tag(ZEN)


@given(st.from_regex(r"[a-z0-9._-]{1,253}", fullmatch=True), st.sampled_from(["zen", "dbl", "zrd", "authbl"]))
def test_a_reply_fits_an_smtp_line_whatever_the_object(name: str, zone: str) -> None:
    reply = policy().reply(Listed(zone, name, ("127.0.0.2",)), "reject")
    assert len(str(reply)) + 2 <= 512
    assert f"Spamhaus {zone}" in reply.text
    assert name in reply.text
    assert "https://check.spamhaus.org" in reply.text


def test_an_admin_words_the_replies_for_addresses_and_for_domains() -> None:
    texts = {"address": "{object} not welcome: {link}", "domain": "100% no: {object} ({zone})"}
    worded = policy(milter={"replies": texts})
    assert str(worded.reply(ZEN, "reject")) == (
        "550 5.7.1 9.8.7.66 not welcome: https://check.spamhaus.org/query/ip/9.8.7.66"
    )
    assert str(worded.reply(ZRD, "tempfail")) == "450 4.7.1 100% no: pills.com (zrd)"


# Zones beside Spamhaus's, and our own blocklist

OFFICE: dict[str, Any] = {
    "zones": {"office": {"domain": "bl.com", "action": "tempfail", "reject_codes": [3], "log_codes": [9]}}
}
FIRST = Listed("blocklist", "9.8.7.66", ("127.0.0.2",))
REPEATED = Listed("blocklist", "9.8.7.66", ("127.0.0.3", "127.0.0.4"))


def by_office(*codes: str) -> Listed:
    return Listed("office", "9.8.7.66", codes)


def test_a_first_listing_of_ours_delays_and_a_repeated_one_refuses() -> None:
    assert refusal(FIRST).startswith("450 4.7.1 Service unavailable; client [9.8.7.66] sent spam to this server")
    assert refusal(REPEATED).startswith("550 5.7.1 Service unavailable; client [9.8.7.66] sent spam to this server")


def test_what_it_leads_to_can_be_configured() -> None:
    sections: dict[str, Any] = {"milter": {"blocklist": {"first": "log", "repeated": "tempfail"}}}
    assert policy(**sections).verdict([FIRST]) == Accept(noted=(FIRST,))
    assert refusal(REPEATED, **sections).startswith("450 ")


@pytest.mark.parametrize("listing", [FIRST, REPEATED, by_office("127.0.0.2")])
def test_a_listing_that_is_not_spamhauss_names_neither_it_nor_a_trap(listing: Listed) -> None:
    reply = refusal(listing, **OFFICE)
    assert "spamhaus" not in reply.lower()
    assert "trap" not in reply.lower()
    assert "bl.com" not in reply


def test_it_has_a_text_and_a_link_of_its_own() -> None:
    link = "https://mx.com/why?{object}"
    ours = {"milter": {"blocklist": {"link": link}}}
    assert refusal(FIRST, **ours).endswith("sent spam to this server; see https://mx.com/why?9.8.7.66")
    theirs = {"zones": {"office": {"domain": "bl.com", "reply": "{zone} has {object}: {link}", "link": link}}}
    assert refusal(by_office("127.0.0.2"), **theirs) == "550 5.7.1 office has 9.8.7.66: https://mx.com/why?9.8.7.66"


def test_a_link_that_would_make_the_line_too_long_is_to_the_front_page() -> None:
    name = ".".join(["x" * 60] * 4)
    link = f"https://lists.com/{'y' * 200}/{{object}}"
    zones = {"names": {"domain": "bl.com", "asks": ["helo"], "link": link}}
    reply = refusal(Listed("names", name, ("127.0.0.2",)), zones=zones)
    assert reply.endswith("; see https://lists.com")
    assert len(reply) + 2 <= 512


def test_a_code_may_lead_to_another_action_and_the_strongest_of_an_answers_codes_decides() -> None:
    assert refusal(by_office("127.0.0.2"), **OFFICE).startswith("450 ")
    assert refusal(by_office("127.0.0.2", "127.0.0.3"), **OFFICE).startswith("550 ")
    assert isinstance(policy(**OFFICE).verdict([by_office("127.0.0.9")]), Accept)


def test_the_strongest_of_all_lists_decides_and_among_equals_spamhaus() -> None:
    assert "sent spam to this server" in refusal(REPEATED, ZRD)
    assert "Spamhaus zen" in refusal(FIRST, ZEN)
    assert "Spamhaus zen" in refusal(REPEATED, by_office("127.0.0.3"), ZEN, **OFFICE)
    assert "listed in office" in refusal(REPEATED, by_office("127.0.0.3"), **OFFICE)


def test_shadow_mode_holds_for_all_of_them() -> None:
    shadow = policy(mode="shadow", **OFFICE)
    assert shadow.verdict([REPEATED, by_office("127.0.0.3")]) == Accept(noted=(by_office("127.0.0.3"), REPEATED))
    assert shadow.would(REPEATED) == "reject"
