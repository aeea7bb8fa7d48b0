"""What is queued is sent, and each answer of the portal has its consequence."""

import pytest

from tests.reporter.submission.sending import Bench, addresses
from tests.servers.portal import Answer, Portal
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.sender import Ending


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


def test_what_is_queued_is_sent_in_order_with_the_accounts_threat_type(bench: Bench) -> None:
    bench.queue(*addresses(3))
    assert bench.run() == Ending()
    assert bench.portal.objects("ip") == addresses(3)
    assert {one.threat_type for one in bench.portal.submissions} == {"spam"}
    assert bench.counts() == {"accepted": 3}
    assert bench.summary.accepted == 3


def test_the_portal_is_left_alone_where_there_is_nothing_to_send(bench: Bench) -> None:
    bench.run()
    assert bench.portal.requests == []
    assert bench.said == []


def test_208_is_known(bench: Bench) -> None:
    bench.portal.script(Answer(208, body=b'{"status": 208}'))
    bench.queue("11.0.0.1")
    assert bench.run() == Ending()
    assert bench.counts() == {"known": 1}


@pytest.mark.parametrize("status", [400, 413])
def test_a_refusal_is_final_is_shown_and_holds_nothing_up(bench: Bench, status: int) -> None:
    bench.portal.script(Answer(status, body=b'{"message": "Invalid ip"}'))
    bench.queue("11.0.0.1", "11.0.0.2")
    assert bench.run() == Ending()
    assert bench.counts() == {"refused": 1, "accepted": 1}
    assert f"refused ip 11.0.0.1: HTTP {status}: Invalid ip" in bench.said
    bench.clock.move(days=2)
    bench.run()
    assert len(bench.portal.submissions) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_stops_the_sending_and_keeps_everything(bench: Bench, status: int) -> None:
    bench.portal.script(Answer(status))
    bench.queue(*addresses(3))
    ending = bench.run()
    assert ending.failed
    assert ending.refused
    assert len(bench.portal.submissions) == 1
    assert bench.counts() == {"queued": 3}
    assert "refuses the token" in bench.said[-1]
    bench.run()
    assert bench.counts() == {"accepted": 3}
