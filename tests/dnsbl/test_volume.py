"""A day's questions are held against what the account allows: one warning at the share, one at the limit."""

from datetime import date

from trapline.dnsbl.volume import Day, Limit, Reached, follow

MONDAY = date(2024, 1, 1)


def warnings(limit: Limit, *totals: int) -> list[Reached]:
    day, found = Day(MONDAY, began_at=0), []
    for total in totals:
        day, reached = follow(day, total, limit)
        found += [reached] if reached else []
    return found


def test_one_warning_at_the_share_and_one_at_the_limit() -> None:
    limit = Limit(1000, 0.8)
    assert warnings(limit, 10, 799, 800, 801, 999, 1000, 1001, 5000) == [Reached("share", 800), Reached("limit", 1000)]


def test_a_leap_over_both_is_one_warning() -> None:
    assert warnings(Limit(1000, 0.8), 10, 2000, 2001) == [Reached("limit", 2000)]


def test_without_a_limit_there_is_nothing_to_warn_of() -> None:
    assert warnings(Limit(0, 0.8), 10**9) == []


def test_what_was_sent_before_the_day_began_does_not_count() -> None:
    assert follow(Day(MONDAY, began_at=5000), 5010, Limit(1000, 0.8))[1] is None
    assert Day(MONDAY, began_at=5000).sent(5010) == 10
