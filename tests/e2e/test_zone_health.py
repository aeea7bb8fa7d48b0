"""A zone that is not well refuses nobody, and is believed again once it is repaired."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.e2e.dialogue import Dialogue, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.processes import until

CARLA = "carla@harbour-letters.com"
INNOCENT = "11.0.210.9"
LISTED = "11.0.0.3"
EVERYBODY = "0.0.0.0/0"


class Log:
    """What the milter has printed since the test began."""

    def __init__(self, mx: MailExchanger) -> None:
        self._mx = mx
        self._start = len(mx.milter_log())

    def lines(self, text: str) -> list[str]:
        return [line for line in self._mx.milter_log()[self._start :].splitlines() if text in line]

    def wait_for(self, text: str) -> None:
        until(f"{text!r} in the milter's log", lambda: self.lines(text))


@contextmanager
def listing_the_world(mx: MailExchanger) -> Iterator[None]:
    """A zen that lists every IPv4 address meanwhile."""
    mx.dns.add("zen", EVERYBODY, "127.0.0.2")
    try:
        yield
    finally:
        mx.dns.remove("zen", EVERYBODY)


def mail_from(mx: MailExchanger, client: str) -> Dialogue:
    with mx.client(client) as smtp:
        return send(smtp, CARLA, [ANNA], ordinary())


def test_a_zone_that_lists_the_world_refuses_nobody_once_its_test_has_failed(mx: MailExchanger) -> None:
    log = Log(mx)
    with listing_the_world(mx), mx.settings({}):
        log.wait_for("zone left out zone=zen")
        assert mail_from(mx, INNOCENT).accepted
        assert mail_from(mx, LISTED).accepted
        with mx.client(INNOCENT) as smtp:
            assert send(smtp, SPAMMER, [TRAP], spam()).accepted
    (envelope,) = mx.envelopes()
    assert envelope["unanswered"] == ["zen"], "the evidence says that the zone said nothing"
    assert mx.dns.key not in mx.milter_log()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_broken_zone_said_is_forgotten_in_every_process_and_it_counts_again_once_repaired(
    mx: MailExchanger, workers: int
) -> None:
    log = Log(mx)
    with mx.settings({"milter": {"workers": workers}}):
        log.wait_for("zone well zone=zen")
        with ExitStack() as world:
            world.enter_context(listing_the_world(mx))
            with mx.client(INNOCENT) as smtp:
                assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550, "so it is in the cache, and known here"
                mx.milter.signal(signal.SIGHUP)
                log.wait_for("zone left out zone=zen")
                until("the open connection to be served", lambda: send(smtp, CARLA, [ANNA], ordinary()).accepted)
                world.close()
                mx.milter.signal(signal.SIGHUP)
                log.wait_for("zone back zone=zen")
                for _ in range(4):  # whichever process answers
                    assert mail_from(mx, INNOCENT).accepted
                    until("the zone to count again", lambda: mail_from(mx, LISTED).rcpt.code == 550)
                assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        assert len(log.lines("zone left out")) == len(log.lines("zone back")) == 1
        assert len(log.lines("zone well")) == 3
        assert mx.milter_stop() == 0
    (day,) = log.lines("queries day=")
    assert int(day.rpartition("sent=")[2]) >= 18, "three tests of three zones, and what the clients cost"
