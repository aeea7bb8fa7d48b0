"""What was queued while there was no token: once one comes, only what is still news is sent."""

import pytest

from tests.reporter.submission.sending import Bench, addresses
from tests.servers.portal import Portal
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import overdue, without_token
from trapline.reporter.submission.preview import preview


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


def test_what_is_older_than_a_day_when_a_token_comes_is_dropped(bench: Bench) -> None:
    bench.queue("11.0.0.1")
    preview(bench.store, bench.say)
    bench.clock.move(hours=25)
    bench.queue("11.0.0.2")
    bench.run()
    assert bench.counts() == {"dropped": 1, "accepted": 1}
    assert bench.summary.dropped == 1
    assert any(line.startswith("dropped 1 submissions: older than a day") for line in bench.said)
    assert bench.portal.objects("ip") == ["11.0.0.2"]


def test_a_year_without_a_token_is_dropped_in_steps_that_keep_nobody_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "MAX_AT_ONCE", 2)
    bench.queue(*addresses(5))
    preview(bench.store, bench.say)
    bench.clock.move(hours=25)
    with bench.store.writing() as db:
        assert without_token.drop_stale(db, bench.clock(), bench.store.host) == 2
    bench.run()
    assert bench.counts() == {"dropped": 5}
    assert bench.summary.dropped == 3
    bench.queue("11.0.0.9")
    bench.clock.move(hours=25)
    bench.run()
    assert bench.portal.objects("ip") == ["11.0.0.9"], "dropped, though there is a token"
