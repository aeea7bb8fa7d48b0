"""What the zones' answers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.dqs import Dqs, ZoneSettings
from trapline.config.zones import OwnZone
from trapline.dnsbl.codes import finding
from trapline.dnsbl.findings import Listed, NotListed, Unknown
from trapline.dnsbl.zones import DNSWL, Question, own_zones, zones

AUTHBL = ZoneSettings(enabled=True, codes=frozenset({20}))
ZONES = zones(Dqs(authbl=AUTHBL), "KEY")


def found(zone: str, *answers: str) -> Listed | NotListed | Unknown:
    return finding(Question(zone, "x"), ZONES[zone], answers, 60.0)


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        *(("zen", f"127.0.0.{last}") for last in (2, 3, 4, 9, 10, 11, 30)),
        *(("dbl", f"127.0.1.{last}") for last in (2, 4, 5, 6, 99)),
        *(("zrd", f"127.0.2.{last}") for last in (2, 24)),
        ("authbl", "127.0.0.20"),
    ],
)
def test_a_code_that_counts_is_a_listing(zone: str, code: str) -> None:
    assert found(zone, code) == Listed(zone, "x", (code,))


def test_all_codes_that_count_are_kept_and_no_others() -> None:
    assert found("zen", "127.0.0.9", "127.0.0.2", "127.0.0.5") == Listed("zen", "x", ("127.0.0.2", "127.0.0.9"))


@pytest.mark.parametrize("code", ["127.0.1.102", "127.0.1.106", "127.0.0.2"])
def test_abused_legitimate_domains_and_codes_of_other_zones_are_no_listing_in_dbl(code: str) -> None:
    assert found("dbl", code) == NotListed("dbl", "x")


def test_no_answer_is_not_listed() -> None:
    assert found("zen") == NotListed("zen", "x")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("127.255.255.250", "the DQS key is disabled"),
        ("127.255.255.251", "not known to Spamhaus: check dqs.key_file"),
        ("127.255.255.252", "no zone of this name"),
        ("127.255.255.254", "public resolver: set dqs.nameservers to your own"),
        ("127.255.255.255", "too many queries"),
        ("127.255.255.1", "an error that trapline does not know"),
        ("11.0.0.1", "outside 127.0.0.0/8"),
    ],
)
def test_an_error_is_never_a_listing_even_beside_one(answer: str, why: str) -> None:
    said = found("zen", "127.0.0.2", answer)
    assert isinstance(said, Unknown)
    assert why in said.why
    assert answer in said.why


def test_a_domain_zone_that_was_asked_about_an_address_has_not_listed_it() -> None:
    assert isinstance(found("dbl", "127.0.1.255"), Unknown)
    assert isinstance(found("zrd", "127.0.2.255"), Unknown)


@given(st.lists(st.ip_addresses(v=4).map(str), max_size=5), st.sampled_from(sorted(ZONES)))
def test_only_answers_of_the_zones_own_network_list_anything(answers: list[str], zone: str) -> None:
    said = found(zone, *answers)
    if isinstance(said, Listed):
        assert all(code.startswith(ZONES[zone].network) for code in said.codes)
        assert all(answer.startswith("127.") for answer in answers)


def on_dnswl(*answers: str) -> Listed | NotListed | Unknown:
    return finding(Question("dnswl", "x"), DNSWL, answers, 60.0)


@pytest.mark.parametrize("code", ["127.0.5.1", "127.0.15.2", "127.0.0.3"])
def test_dnswl_lists_from_level_low_on_in_any_category(code: str) -> None:
    assert on_dnswl(code) == Listed("dnswl", "x", (code,))


@pytest.mark.parametrize("answers", [(), ("127.0.5.0",)], ids=["not there", "level none"])
def test_dnswls_level_none_protects_nobody(answers: tuple[str, ...]) -> None:
    assert on_dnswl(*answers) == NotListed("dnswl", "x")


def test_dnswls_refusal_is_no_level_and_says_what_to_do() -> None:
    refused = on_dnswl("127.0.0.255")
    assert isinstance(refused, Unknown)
    assert "refuses our resolver" in refused.why


def in_own(*answers: str, **settings: object) -> Listed | NotListed | Unknown:
    zone = own_zones({"office": OwnZone.model_validate({"domain": "bl.com"} | settings)})["office"]
    return finding(Question("office", "x"), zone, answers, 60.0)


@pytest.mark.parametrize("answer", ["127.0.0.255", "127.0.1.255", "127.0.2.255"])
def test_what_is_an_error_of_other_zones_is_none_of_ones_own(answer: str) -> None:
    assert in_own("127.0.0.2", answer) == Listed("office", "x", ("127.0.0.2",))
    network, listed = f"{answer.rpartition('.')[0]}.0/24", answer.replace("255", "2")
    assert in_own(listed, answer, network=network) == Listed("office", "x", (listed,))


def test_a_zone_of_ones_own_lists_by_any_code_but_1_unless_configured() -> None:
    assert in_own("127.0.0.2", "127.0.0.254") == Listed("office", "x", ("127.0.0.2", "127.0.0.254"))
    assert in_own("127.0.0.1") == NotListed("office", "x")
    assert in_own("127.0.1.2") == NotListed("office", "x")
    assert in_own("127.0.1.2", network="127.0.1.0/24") == Listed("office", "x", ("127.0.1.2",))
    assert in_own("127.0.0.4", codes=[2], log_codes=[3]) == NotListed("office", "x")
    assert in_own("127.0.0.3", codes=[2], log_codes=[3]) == Listed("office", "x", ("127.0.0.3",))


@pytest.mark.parametrize("answer", ["11.0.0.1", "127.255.255.254", "127.255.255.1"])
def test_an_error_of_such_a_zone_is_never_a_listing_and_speaks_of_no_key(answer: str) -> None:
    said = in_own("127.0.0.2", answer)
    assert isinstance(said, Unknown)
    assert "Spamhaus" not in said.why
    assert "dqs" not in said.why
