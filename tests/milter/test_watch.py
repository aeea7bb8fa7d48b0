"""The watch on zones that a real rbldnsd serves: broken ones are left out, and taken back once they are repaired."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.dqs import Dqs
from trapline.config.values import Nameserver
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.health import AGAIN_SECONDS, EVERY_SECONDS
from trapline.dnsbl.zones import Question, zones
from trapline.milter.watch import Watch

ANYBODY = Question("zen", "11.0.200.1")
SPAMMER = Question("zen", "11.0.0.3")
EVERYBODY = "0.0.0.0/0"


class Clock:
    now = 0.0
    day = date(2024, 1, 1)

    def __call__(self) -> float:
        return self.now

    def today(self) -> date:
        return self.day


class Watched:
    """A watch whose clock the test moves, and what it logged."""

    def __init__(self, dqs: Dqs, server: Rbldnsd, log: pytest.LogCaptureFixture, key: str) -> None:
        nameserver = Nameserver("127.0.0.1", server.port)
        self.engine = Engine(zones(dqs, key), [nameserver], 1.0)
        self.clock = Clock()
        self.watch = Watch(self.engine, dqs, self.clock, self.clock.today)
        self._log = log

    def step(self) -> None:
        self.engine.sweep()
        self.watch.look()

    def until(self, event: str, times: int = 1) -> str:
        """The line that says `event`, once it is there."""

        def look() -> list[str]:
            self.step()
            return self.lines(event)[times - 1 :]

        return until(f"{event!r} in the log", look)[0]

    def lines(self, event: str) -> list[str]:
        return [record.getMessage() for record in self._log.records if record.getMessage().startswith(event)]

    def ask(self, question: Question) -> Finding:
        return self.engine.ask(question).wait(time.monotonic() + 5)


@contextmanager
def watched(
    server: Rbldnsd, log: pytest.LogCaptureFixture, dqs: Dqs | None = None, key: str | None = None
) -> Iterator[Watched]:
    log.set_level(logging.INFO)
    key = server.key if key is None else key
    one = Watched(dqs or Dqs(), server, log, key)
    try:
        yield one
    finally:
        one.watch.close()
    assert key not in log.text


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    return caplog


def test_zones_that_are_well_are_said_to_be_and_tested_again_after_half_an_hour(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log) as one:
        for zone in ("zen", "dbl", "zrd"):
            one.until(f"zone well zone={zone}")
        server.add("zen", "127.0.0.1", "127.0.0.4")
        one.clock.now = EVERY_SECONDS - 1
        one.step()
        assert not one.watch._running
        one.clock.now = EVERY_SECONDS
        assert "127.0.0.1" in one.until("zone left out zone=zen")


def test_a_zone_that_lists_the_world_refuses_nobody_until_it_is_repaired(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd({"zen": {EVERYBODY: ["127.0.0.2"]}}) as server, watched(server, log) as one:
        assert isinstance(one.ask(ANYBODY), Listed), "a zone counts until its test has failed, and is in the cache then"
        one.until("zone left out zone=zen")
        assert isinstance(one.ask(ANYBODY), Unknown)
        assert isinstance(one.ask(Question("dbl", "pillpalace-offers.com")), Listed), "the other zones go on"
        server.remove("zen", EVERYBODY)
        one.clock.now += AGAIN_SECONDS
        one.until("zone back zone=zen")
        assert isinstance(one.ask(ANYBODY), NotListed), "what it said while it was broken is not believed"
        assert isinstance(one.ask(SPAMMER), Listed)


def test_a_left_out_zone_is_asked_nothing_but_its_tests(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd({"zen": {EVERYBODY: ["127.0.0.2"]}}) as server, watched(server, log) as one:
        one.until("zone left out zone=zen")
        one.step()
        before = one.engine.board.sent()
        one.ask(SPAMMER)
        one.step()
        assert one.engine.board.sent() == before


def test_a_zone_without_its_test_point_is_left_out_until_it_is_there(log: pytest.LogCaptureFixture) -> None:
    without = {"zen": ["127.0.0.2"], "dbl": ["dbltest.com"], "zrd": ["test"]}
    with Rbldnsd(without=without) as server, watched(server, log) as one:
        for zone, point in (("zen", "127.0.0.2"), ("dbl", "dbltest.com"), ("zrd", "test")):
            assert f"does not list its test point {point}" in one.until(f"zone left out zone={zone}")
        server.restore()
        one.clock.now += AGAIN_SECONDS
        for zone in without:
            one.until(f"zone back zone={zone}")


def test_a_zone_that_answers_with_an_error_is_left_out_in_plain_words(log: pytest.LogCaptureFixture) -> None:
    zone = {"127.0.0.2": ["127.255.255.251"], "127.0.0.1": ["127.255.255.251"]}
    with Rbldnsd({"zen": zone}, without={"zen": ["127.0.0.2"]}) as server, watched(server, log) as one:
        assert "the DQS key is not known to Spamhaus: check dqs.key_file" in one.until("zone left out zone=zen")


def test_a_silent_resolver_leaves_no_zone_out(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log) as one:
        server.pause()
        assert 'effect="mail that it has no answer for flows unchecked; it is tested again in a minute"' in one.until(
            "zone not tested zone=zen"
        )
        assert one.engine.left_out == frozenset()
        assert "no answer time after time" in one.until("resolver left alone")
        server.resume()
        one.until("resolver back")
        one.clock.now += AGAIN_SECONDS
        one.until("zone well zone=zen")
        assert one.lines("zone left out") == []
        assert len(one.lines("resolver left alone")) == len(one.lines("resolver back")) == 1


def test_a_resolver_that_refuses_says_nothing_of_the_zone(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log, key="another") as one:
        assert "REFUSED" in one.until("zone not tested zone=zen")
        assert one.engine.left_out == frozenset()


def test_an_error_that_mail_meets_brings_the_test_forward(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log) as one:
        one.until("zone well zone=zen")
        for what in (ANYBODY.object, "127.0.0.1"):
            server.add("zen", what, "127.255.255.255")
        one.clock.now += AGAIN_SECONDS
        assert isinstance(one.ask(ANYBODY), Unknown)
        assert "too many queries" in one.until("zone left out zone=zen")


def test_an_error_that_the_test_does_not_meet_is_said_once_a_minute(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd({"zen": {ANYBODY.object: ["127.255.255.254"]}}) as server, watched(server, log) as one:
        one.until("zone well zone=zen")
        for _ in range(2):
            one.clock.now += AGAIN_SECONDS
            one.ask(ANYBODY)
            one.until("zone error zone=zen", times=len(one.lines("zone error")) + 1)
        assert 'answer=127.255.255.254, why="asked through a public resolver' in one.lines("zone error")[0]
        assert len(one.lines("zone error")) == 2
        assert one.engine.left_out == frozenset()


def test_told_to_it_tests_at_once(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd({"zen": {EVERYBODY: ["127.0.0.2"]}}) as server, watched(server, log) as one:
        one.until("zone left out zone=zen")
        server.remove("zen", EVERYBODY)
        one.watch.look(force=True)
        one.until("zone back zone=zen")


def test_the_days_questions_are_counted_tests_included_and_warned_of(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log, Dqs(queries_per_day=10, warn_at=0.8)) as one:
        for zone in ("zen", "dbl", "zrd"):
            one.until(f"zone well zone={zone}")  # six questions
        for last in (1, 1, 2):  # the second time it is in the cache
            one.ask(Question("zen", f"11.0.200.{last}"))
        assert one.until("queries near the limit") == "queries near the limit day=2024-01-01, sent=8, limit=10"
        for last in (3, 4, 5):
            one.ask(Question("zen", f"11.0.200.{last}"))
        assert one.until("queries at the limit") == "queries at the limit day=2024-01-01, sent=11, limit=10"
        one.clock.day = date(2024, 1, 2)
        assert one.until("queries day=2024-01-01") == "queries day=2024-01-01, sent=11"
        one.ask(Question("zen", "11.0.200.6"))
    assert one.lines("queries day=2024-01-02") == ["queries day=2024-01-02, sent=1"]
    assert len(one.lines("queries near")) == len(one.lines("queries at")) == 1


def test_tries_again_and_probes_are_counted_too(log: pytest.LogCaptureFixture) -> None:
    with Rbldnsd() as server, watched(server, log) as one:
        one.until("zone well zone=zen")
        before = one.engine.board.sent()
        server.pause()
        one.ask(ANYBODY)
        server.resume()
        one.step()
        assert one.engine.board.sent() - before >= 3, "a second holds three tries: at 0, 0.25 and 0.75"
