"""From findings to a verdict."""

from typing import Any

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
