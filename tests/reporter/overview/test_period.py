"""What happened in some days is told alike by either database. What the page makes of it: tests/cli/report."""

from contextlib import closing
from datetime import date, timedelta

import pytest

from tests.reporter.caught import LABEL, NOON, Place, campaign, trap
from tests.servers.ripe_stat import RipeStat
from trapline.reporter.overview.latest import latest
from trapline.reporter.overview.period import WITHIN, leads_of, period
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.lead import Reported


def test_days_origins_and_the_list_are_counted(place: Place) -> None:
    with RipeStat() as ripe_stat:
        place.options["ripe_stat"] = {"api": ripe_stat.url}
        ripe_stat.knows("11.0.0.66")
        place.catch(campaign(1), received=NOON - timedelta(hours=20))
        place.catch(campaign(2), client="2001:4860::7", recipients=(trap(), trap(label="forum")))
        assert place.once() == 0
    with closing(Store.open(place.url)) as store, store.reading() as db:
        found, last = period(db, NOON, 3), latest(db, 1)
    assert found.days == (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21))
    assert found.messages == 2
    assert [(one.day.day, one.label, one.hits) for one in found.trap_days] == [
        (20, LABEL, 1),
        (21, "forum", 1),
        (21, LABEL, 1),
    ]
    assert found.countries == (("NL", 1), ("unknown", 1))
    assert {one.network for one in found.networks} == {"11.0.0.0/24", "2001:4860::/64"}
    assert [(one.by_hits, one.entries) for one in found.blocklist] == [(0, 0), (0, 0), (2, 2)]
    assert found.listed.listed == 2
    assert [(one.client, one.labels, one.reported > 0) for one in last] == [("2001:4860::7", (LABEL, "forum"), True)]


@pytest.mark.parametrize(
    ("length", "within"),
    [({"hours": 1}, "1 h"), ({"hours": 2}, "6 h"), ({"days": 6}, "7 days"), ({"days": 8}, "later")],
)
def test_a_lead_counts_once_where_it_fits(length: dict[str, int], within: str) -> None:
    listed = Reported(kind="ip", reported_at=NOON, clear_at=NOON, listed_at=NOON + timedelta(**length))
    before = Reported(kind="ip", reported_at=NOON, at_hit=True)
    found = leads_of("ip", 5, [listed, before])
    assert dict(zip((name for name, _ in WITHIN), found.within, strict=True))[within] == 1
    assert sum(found.within) == found.summary.listed == 1
    assert (found.summary.new, found.summary.already) == (4, 1)
