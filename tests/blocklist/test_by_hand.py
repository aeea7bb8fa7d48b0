"""What a person may do to the list, and what he is kept from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from trapline.blocklist.by_hand import NoNetwork, RefusedError, added, check, held, network, removed
from trapline.blocklist.entry import Entry
from trapline.blocklist.listing import Kept
from trapline.config.blocklist import Blocklist
from trapline.config.networks import NO_NETWORKS, NetworkSet

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = ip_network("11.0.0.66/32")
RULES = Blocklist()
HIT = Kept(
    Entry(HERE, NOON - DAY, NOON - DAY / 2, 3, ("web page",), "web page", "3 messages to traps", NOON + DAY, True),
    "held",
    NOON - DAY / 2,
    3,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11.0.0.66", "11.0.0.66/32"),
        ("11.0.0.0/24", "11.0.0.0/24"),
        ("2a00:1:2:3::4", "2a00:1:2:3::/64"),
        ("2a00:1:2:3::/64", "2a00:1:2:3::/64"),
        ("2a00:1:2::/48", "2a00:1:2::/48"),
        ("::ffff:11.0.0.66", "11.0.0.66/32"),
    ],
)
def test_an_address_means_what_is_listed_of_it_a_network_itself(text: str, meant: str) -> None:
    assert network(text) == ip_network(meant)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mail.example", "Expected an address, or a network such as 11.0.0.0/24"),
        ("11.0.0.66/24", "has host bits set"),
        ("11.0.0.0/33", "does not appear to be"),
        ("2a00::1/128", "IPv6 is listed by /64. Name 2a00::1 without its prefix"),
    ],
)
def test_what_is_neither_is_refused_with_what_is_expected(text: str, why: str) -> None:
    with pytest.raises(NoNetwork, match=why) as caught:
        network(text)
    assert caught.value.exit_code == 2, "it is a wrong command line, not a no"


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "127.0.0.1", "192.168.0.0/24", "fe80::1", "::1", "fc00::/48", "224.0.0.1"]
)
def test_what_is_not_public_is_never_listed_not_by_force_either(text: str) -> None:
    with pytest.raises(RefusedError, match="is not public"):
        check(network(text), NO_NETWORKS, force=True)


def test_nor_what_holds_such_addresses_or_our_own() -> None:
    with pytest.raises(RefusedError, match="is not public"):
        check(ip_network("8.0.0.0/5"), NO_NETWORKS, force=True)
    with pytest.raises(RefusedError, match="addresses of our own"):
        check(ip_network("11.0.0.0/24"), NetworkSet([ip_network("11.0.0.77/32")]), force=True)


@pytest.mark.parametrize(("wide", "enough"), [("11.0.0.0/15", "11.0.0.0/16"), ("2a00::/31", "2a00::/32")])
def test_what_is_wide_has_to_be_forced(wide: str, enough: str) -> None:
    check(ip_network(enough), NO_NETWORKS, force=False)
    check(ip_network(wide), NO_NETWORKS, force=True)
    with pytest.raises(RefusedError, match="use --force"):
        check(ip_network(wide), NO_NETWORKS, force=False)


def test_what_a_person_lists_is_refused_for_good_until_he_removes_it_or_for_a_time() -> None:
    kept = added(None, HERE, None, "added by anna", RULES, NOON)
    assert (kept.state, kept.entry.expires, kept.entry.repeated, kept.entry.hits) == ("listed", None, True, 0)
    assert added(None, HERE, DAY, "added by anna", RULES, NOON).entry.expires == NOON + DAY


def test_what_was_held_after_hits_goes_on_as_they_say_where_a_person_wants_it_listed() -> None:
    kept = added(HIT, HERE, None, "added by anna", RULES, NOON)
    assert (kept.state, kept.entry.expires, kept.entry.hits) == ("listed", NOON + 4 * DAY, 3)
    assert added(HIT, HERE, DAY, "added by anna", RULES, NOON).entry.expires == NOON + DAY


@pytest.mark.parametrize(
    "kept",
    [replace(HIT, state="listed"), held(None, HERE, "held by anna", NOON - DAY)],
    ids=["listed after hits", "held by hand"],
)
def test_what_did_not_wait_for_a_person_after_hits_has_no_end_where_he_wants_it_listed(kept: Kept) -> None:
    assert added(kept, HERE, None, "added by anna", RULES, NOON).entry.expires is None


def test_what_was_kept_off_or_is_over_begins_anew_where_a_person_wants_it_listed() -> None:
    for kept in (replace(HIT, state="off"), replace(HIT, state="expired")):
        assert added(kept, HERE, None, "added by anna", RULES, NOON) == added(
            None, HERE, None, "added by anna", RULES, NOON
        )


def test_what_a_person_removes_is_off_for_a_time_and_forgiven() -> None:
    kept = removed(HIT, HERE, NOON + 7 * DAY, "removed by anna", NOON)
    assert (kept.state, kept.entry.expires, kept.forgiven_at, kept.streak) == ("off", NOON + 7 * DAY, NOON, 0)
    assert kept.entry.hits == 3
    assert removed(None, HERE, NOON + DAY, "removed by anna", NOON).state == "off"


def test_what_a_person_holds_has_no_end() -> None:
    listed = replace(HIT, state="listed")
    assert (held(listed, HERE, "held by anna", NOON).state, held(listed, HERE, "x", NOON).entry.expires) == (
        "held",
        None,
    )
    assert held(None, HERE, "held by anna", NOON).state == "held"
