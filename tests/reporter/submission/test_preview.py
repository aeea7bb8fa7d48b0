"""What would be submitted, as it is shown where nothing is sent."""

import pytest

from tests.reporter.submission.sending import Bench, addresses
from tests.servers.portal import Portal
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.preview import described, preview


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


def test_a_preview_says_each_once_and_sends_nothing(bench: Bench) -> None:
    bench.queue(*addresses(2))
    last = preview(bench.store, bench.say)
    assert bench.said == [f"would submit ip {one} as spam, else source-of-spam: hit" for one in addresses(2)]
    bench.queue("11.0.0.9")
    preview(bench.store, bench.say, last)
    assert len(bench.said) == 3
    assert bench.portal.requests == []


def test_what_is_printed_holds_nothing_that_a_terminal_obeys() -> None:
    assert described("domain", "a\x1b[31m\nb\u202e", "1") == "domain a?[31m?b?"
    assert len(described("url", "x" * 10_000, "1")) < 310


def test_a_sample_is_named_by_its_message_and_never_shown() -> None:
    assert described("email", "Dear Anna", "message-1") == "email, the sample of message-1"
    assert described("ip", "11.0.0.1", "message-1") == "ip 11.0.0.1"
