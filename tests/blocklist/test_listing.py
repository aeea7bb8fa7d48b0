"""A hit lists for a time, further ones for longer; beyond the limits a person has to look."""

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.blocklist import listing
from trapline.blocklist.listing import (
    MAX_LABELS,
    Counted,
    Hit,
    Kept,
    Outcome,
    Room,
    area,
    counted_since,
    length,
    needs_counting,
    outcome,
    within_limits,
)
from trapline.config.blocklist import Blocklist

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = Blocklist()
ALONE = Counted(1, frozenset({"web page"}))
DAY = timedelta(days=1)


def a_hit(at: datetime = NOON, *labels: str, **changes: Any) -> Hit:
    return Hit(ip_network(changes.pop("network", "11.0.0.66/32")), at, labels or ("web page",), **changes)


def hit(
    at: datetime, kept: Kept | None = None, *labels: str, rules: Blocklist = RULES, counted: Counted = ALONE
) -> Outcome:
    """A hit that is read as it comes."""
    return outcome(a_hit(at, *labels), kept, None, counted, rules, at)


def after(*times: datetime, rules: Blocklist = RULES) -> Kept:
    """The entry after hits at these times."""
    kept: Kept | None = None
    for at in times:
        kept = hit(at, kept, rules=rules).kept
    assert kept is not None
    return kept


def removed(kept: Kept, at: datetime, until: datetime) -> Kept:
    return replace(kept, entry=replace(kept.entry, expires=until), state="off", forgiven_at=at)


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(listing).failed == 0


def test_a_first_hit_lists_for_first_and_delays_only() -> None:
    found = hit(NOON)
    assert found.what == "listed"
    assert found.kept is not None
    entry = found.kept.entry
    assert (entry.expires, entry.repeated, entry.hits, entry.first_hit) == (NOON + DAY, False, 1, NOON)
    assert (entry.labels, entry.last_label, entry.reason) == (("web page",), "web page", "a message to a trap")


def test_a_second_hit_refuses_for_good_and_lists_for_twice_as_long() -> None:
    second = NOON + timedelta(hours=5)
    kept = after(NOON, second)
    assert kept.entry.repeated
    assert kept.entry.expires == second + 2 * DAY
    assert (kept.entry.hits, kept.entry.first_hit, kept.entry.last_hit) == (2, NOON, second)
    assert kept.entry.reason == "2 messages to traps"


def test_since_when_and_by_which_trap_are_those_of_the_hit_that_prolonged_it_last() -> None:
    """By `since` an entry is known that was prolonged while the clock was ahead: it must not last for ever."""
    first, second = NOON, NOON + DAY / 2
    kept = hit(second, after(first), "old shop").kept
    assert kept is not None
    assert (kept.since, kept.entry.last_label) == (second, "old shop")
    late = outcome(a_hit(NOON - 9 * DAY), kept, None, ALONE, RULES, second).kept
    assert late is not None
    assert (late.since, late.entry.expires) == (second, kept.entry.expires)


@pytest.mark.parametrize(("streak", "days"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (7, 30), (10**9, 30)])
def test_each_further_hit_doubles_it_to_the_longest(streak: int, days: int) -> None:
    assert length(streak, RULES) == days * DAY


@given(
    st.integers(1, 10**12),
    st.timedeltas(timedelta(seconds=1), 3650 * DAY),
    st.timedeltas(timedelta(seconds=1), 3650 * DAY),
)
def test_whatever_is_configured_a_listing_is_never_shorter_than_first_nor_longer_than_longest(
    streak: int, one: timedelta, other: timedelta
) -> None:
    rules = Blocklist(first=min(one, other), longest=max(one, other))
    assert rules.first <= length(streak, rules) <= length(streak + 1, rules) <= rules.longest


def test_a_late_hit_that_is_read_last_shortens_nothing_and_is_not_the_last_one() -> None:
    """The fallback Maildir is read after the spool."""
    kept = after(NOON, NOON + DAY / 2)
    late = outcome(a_hit(NOON - DAY / 4, "old shop"), kept, None, ALONE, RULES, NOON + DAY / 2).kept
    assert late is not None
    assert late.entry.hits == 3
    assert (late.entry.last_hit, late.entry.last_label) == (NOON + DAY / 2, "web page")
    assert late.entry.labels == ("old shop", "web page")


def test_who_comes_back_within_the_longest_listing_begins_with_first_again_but_is_refused_for_good() -> None:
    back = NOON + 10 * DAY
    found = hit(back, after(NOON))
    assert found.what == "listed"
    assert found.kept is not None
    assert found.kept.entry.expires == back + DAY
    assert found.kept.entry.repeated
    assert (found.kept.entry.hits, found.kept.entry.first_hit, found.kept.streak) == (2, NOON, 1)


def test_who_comes_back_after_that_is_a_stranger() -> None:
    """The address may have a new owner, whose first mistake delays his mail and loses none."""
    back = NOON + 31 * DAY
    found = hit(back, after(NOON), "old shop", counted=Counted(1, frozenset({"old shop"}))).kept
    assert found is not None
    assert (found.entry.repeated, found.entry.hits, found.entry.first_hit) == (False, 1, back)
    assert found.entry.labels == ("old shop",)


def test_whom_a_person_listed_for_a_time_and_who_hit_nothing_is_a_stranger_too() -> None:
    by_hand = replace(after(NOON).entry, hits=0, labels=(), last_label=None, repeated=True)
    found = hit(NOON + 2 * DAY, Kept(by_hand, "expired", NOON)).kept
    assert found is not None
    assert (found.entry.repeated, found.entry.hits, found.listed_at) == (False, 1, NOON + 2 * DAY)


def test_what_dropped_out_is_listed_anew_though_the_clock_was_set_back_to_before_that() -> None:
    found = hit(NOON + DAY / 2, replace(after(NOON), state="expired"))
    assert found.what == "listed"
    assert found.kept is not None
    assert (found.kept.state, found.kept.entry.expires) == ("listed", NOON + 3 * DAY / 2)


def test_a_hit_that_is_read_too_late_lists_nobody() -> None:
    """The reporter was off for a week."""
    found = outcome(a_hit(NOON), None, None, ALONE, RULES, NOON + 7 * DAY)
    assert (found.what, found.kept) == ("waiting", None)
    assert found.why == "the hit is older than 1d, for which it would have been listed"


def test_a_hit_from_the_future_counts_from_now() -> None:
    """Another host's clock is ahead by years; the entry must not outlast that."""
    found = outcome(a_hit(NOON + 3650 * DAY), None, None, ALONE, RULES, NOON).kept
    assert found is not None
    assert found.entry.expires == NOON + DAY
    assert found.entry.last_hit == NOON


@pytest.mark.parametrize("hits", [1, 2])
def test_minimum_hits_are_waited_for(hits: int) -> None:
    rules = Blocklist(minimum_hits=3)
    found = hit(NOON, rules=rules, counted=Counted(hits, ALONE.labels))
    assert (found.what, found.why, found.kept) == ("waiting", f"{hits} of 3 hits (blocklist.minimum_hits)", None)
    assert needs_counting(a_hit(), rules)


def test_with_the_minimum_of_hits_it_is_a_first_listing() -> None:
    found = hit(NOON, rules=Blocklist(minimum_hits=3), counted=Counted(3, ALONE.labels)).kept
    assert found is not None
    assert (found.entry.hits, found.entry.repeated, found.entry.expires) == (3, False, NOON + DAY)


def test_minimum_traps_are_different_labels() -> None:
    rules = Blocklist(minimum_traps=2)
    found = hit(NOON, rules=rules, counted=Counted(9, frozenset({"web page"})))
    assert found.why == "1 of 2 traps with different labels (blocklist.minimum_traps)"
    assert hit(NOON, rules=rules, counted=Counted(2, frozenset({"web page", "old shop"}))).what == "listed"


def test_a_newsletter_lists_only_after_hits_on_two_traps_and_extends_only_so() -> None:
    """One trap may have been subscribed by anybody."""
    newsletter = a_hit(NOON, traps=2, why="newsletter")
    assert needs_counting(newsletter, RULES)
    found = outcome(newsletter, None, None, Counted(5, frozenset({"web page"})), RULES, NOON)
    assert (found.what, found.why) == ("waiting", "1 of 2 traps with different labels (newsletter)")
    assert outcome(newsletter, after(NOON), None, Counted(5, frozenset({"web page"})), RULES, NOON).kept is None
    both = Counted(2, frozenset({"web page", "old shop"}))
    assert outcome(newsletter, None, None, both, RULES, NOON).what == "listed"


def test_hits_are_counted_for_as_long_as_the_longest_listing_lasts() -> None:
    assert counted_since(None, NOON, RULES) == NOON - 30 * DAY


def test_what_a_person_removed_is_kept_off_until_its_time_is_over() -> None:
    off = removed(after(NOON, NOON), NOON, NOON + 7 * DAY)
    found = hit(NOON + DAY, off)
    assert (found.what, found.kept) == ("kept off", None)
    assert found.why == "11.0.0.66/32 was removed by hand and is kept off until 2026-11-28 12:00 UTC"


def test_afterwards_it_begins_as_a_stranger_whose_old_hits_do_not_count() -> None:
    off = removed(after(NOON, NOON), NOON, NOON + 7 * DAY)
    assert counted_since(off, NOON + 8 * DAY, RULES) == NOON
    found = hit(NOON + 8 * DAY, off).kept
    assert found is not None
    assert (found.entry.repeated, found.entry.hits) == (False, 1)
    assert counted_since(found, NOON + 20 * DAY, RULES) == NOON, "nor do they after that listing"


def test_a_hit_of_before_the_removal_that_is_read_after_it_lists_nobody() -> None:
    """The reporter was off, and the person kept it off for less long than a first listing lasts."""
    off = removed(after(NOON, NOON), NOON, NOON + DAY / 12)
    found = outcome(a_hit(NOON - DAY / 24), off, None, ALONE, RULES, NOON + DAY / 6)
    assert (found.what, found.kept) == ("waiting", None)
    assert found.why == "the hit came before 11.0.0.66/32 was removed at 2026-11-21 12:00 UTC"


def test_a_network_that_a_person_removed_keeps_its_addresses_off() -> None:
    wider = Kept(replace(after(NOON).entry, network=ip_network("11.0.0.0/24"), expires=None), "off", NOON)
    found = outcome(a_hit(), None, wider, ALONE, RULES, NOON)
    assert (found.what, found.why) == ("kept off", "11.0.0.0/24 was removed by hand and is kept off")
    held = outcome(a_hit(), None, replace(wider, state="held"), ALONE, RULES, NOON)
    assert (held.what, held.kept) == ("held", None)


def test_what_is_held_is_counted_and_stays_held() -> None:
    held = replace(after(NOON), state="held")
    found = hit(NOON + DAY / 2, held)
    assert found.what == "held"
    assert found.kept is not None
    assert (found.kept.state, found.kept.entry.hits) == ("held", 2)
    assert found.kept.entry.expires == NOON + DAY / 2 + 30 * DAY, "a person has as long again"


def test_a_persons_entry_without_an_end_has_none_after_a_hit_either() -> None:
    by_hand = after(NOON)
    entry = replace(by_hand.entry, hits=0, labels=(), last_label=None, expires=None, repeated=True, reason="anna: spam")
    found = hit(NOON + DAY, replace(by_hand, entry=entry, streak=0)).kept
    assert found is not None
    assert (found.entry.expires, found.entry.hits, found.entry.reason) == (None, 1, "anna: spam")
    assert found.entry.last_label == "web page"


def test_an_entry_names_so_many_labels_and_no_more() -> None:
    kept = after(NOON)
    for number in range(100):
        further = hit(NOON, kept, f"label {number}").kept
        assert further is not None
        kept = further
    assert len(kept.entry.labels) == MAX_LABELS
    assert "label 99" in kept.entry.labels


@pytest.mark.parametrize(
    ("room", "why"),
    [
        (Room(200, 0), "200 entries were listed within an hour already (blocklist.new_per_hour)"),
        (Room(0, 8), "8 entries are listed in 11.0.0.0/24 already (blocklist.new_per_network)"),
    ],
)
def test_beyond_a_limit_a_new_entry_is_held_for_a_person(room: Room, why: str) -> None:
    found = within_limits(hit(NOON), room, RULES)
    assert (found.what, found.why) == ("held", why)
    assert found.kept is not None
    assert (found.kept.state, found.kept.listed_at) == ("held", None)
    assert found.kept.entry.expires == NOON + 30 * DAY, "then nobody cared"


def test_a_limit_of_one_is_told_in_the_singular() -> None:
    assert within_limits(hit(NOON), Room(1, 0), Blocklist(new_per_hour=1)).why.startswith("1 entry was listed within")
    assert within_limits(hit(NOON), Room(0, 1), Blocklist(new_per_network=1)).why.startswith("1 entry is listed in")


def test_up_to_the_limits_it_is_listed_and_what_is_listed_is_extended_beyond_them() -> None:
    assert within_limits(hit(NOON), Room(199, 7), RULES).what == "listed"
    assert within_limits(hit(NOON, after(NOON)), Room(10**6, 10**6), RULES).what == "extended"


def test_a_limit_of_0_has_a_person_look_at_every_one() -> None:
    for kept in (None, after(NOON - 2 * DAY)):
        assert within_limits(hit(NOON, kept), Room(0, 0), Blocklist(new_per_hour=0)).what == "held"


@pytest.mark.parametrize(
    ("network", "wider"),
    [("11.0.0.66/32", "11.0.0.0/24"), ("2a00:1:2:3::/64", "2a00:1:2::/48"), ("11.0.0.0/20", "11.0.0.0/20")],
)
def test_the_area_is_a_24_or_a_48(network: str, wider: str) -> None:
    assert area(ip_network(network)) == ip_network(wider)
