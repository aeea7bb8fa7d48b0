from datetime import timedelta
from typing import Any

import pytest

from tests.reporter.caught import NOON
from trapline.reporter.submission.lead import AlreadyListed, Lead, NotListedYet, Reported, lead, summary

HOUR = timedelta(hours=1)


def reported(**heard: Any) -> Reported:
    """An address that was reported at noon; times as hours after that."""
    times = {name: NOON + value * HOUR if name.endswith(("_at", "_since")) else value for name, value in heard.items()}
    return Reported(kind="ip", reported_at=NOON, **times)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ({}, NotListedYet()),
        ({"clear_at": 24}, NotListedYet()),
        ({"clear_at": 1, "listed_at": 6}, 6 * HOUR),
        ({"listed_since": 3}, 3 * HOUR),
        ({"clear_at": 1, "listed_at": 6, "listed_since": 3}, 3 * HOUR),
        ({"clear_at": 1, "listed_at": 6, "listed_since": 9}, 6 * HOUR),
        ({"at_hit": True}, AlreadyListed()),
        ({"at_hit": True, "listed_since": 3}, AlreadyListed()),
        ({"listed_at": 0}, AlreadyListed()),
        ({"listed_at": 1, "listed_since": 3}, AlreadyListed()),
        ({"listed_since": 0}, AlreadyListed()),
        ({"clear_at": 0, "listed_since": -1}, AlreadyListed()),
    ],
    ids=[
        "nothing was heard",
        "it is in no zone",
        "a lookup found it",
        "the portal lists it",
        "the portal knew it first",
        "we saw it first",
        "a zone listed it at the hit",
        "the portal found that, too",
        "the first lookup found it",
        "it was never seen unlisted",
        "the check came with the report",
        "the check is older than the report",
    ],
)
def test_a_lead_is_from_our_report_to_the_earliest_word_of_a_listing(heard: dict[str, Any], expected: object) -> None:
    assert lead(reported(**heard)) == expected


def test_share_and_median_are_of_what_was_not_listed_before() -> None:
    heard = [reported(clear_at=0, listed_at=hours) for hours in (1, 6, 24)]
    found = summary("ip", 10, [*heard, reported(at_hit=True), reported(listed_at=0)])
    assert found == Lead(kind="ip", new=8, listed=3, share=3 / 8, median_seconds=6 * 3600.0, already=2)


def test_where_nothing_was_reported_there_is_no_share() -> None:
    assert summary("url", 0, []) == Lead(kind="url")


def test_where_all_was_listed_before_there_is_no_share_either() -> None:
    found = summary("ip", 1, [reported(at_hit=True)])
    assert (found.new, found.share, found.median_seconds, found.already) == (0, None, None, 1)
