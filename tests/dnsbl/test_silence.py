"""Resolvers that are silent, slow or lossy: what they cost mail, and how they are taken back."""

import threading
import time

import dns.message
import dns.rcode
import dns.rrset
import pytest

from tests.dnsbl.answers import a_response, an_engine, truncated
from tests.dnsbl.engines import LISTED, a_name_server, ask, swept
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd
from trapline.dnsbl import lookup
from trapline.dnsbl.findings import Listed, Unknown
from trapline.dnsbl.zones import Question


def test_a_lost_datagram_costs_a_quarter_of_a_second_not_the_whole_time() -> None:
    lost: list[int] = []

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        lost.append(query.id)
        return None if len(lost) == 1 else a_response(query, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        start = time.monotonic()
        assert isinstance(ask(engine, LISTED), Listed)
        assert time.monotonic() - start < 2.0
    assert len(lost) == 2


def test_silence_is_a_timeout_and_is_asked_again_the_next_time() -> None:
    silent = True

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        return None if silent else a_response(query, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=0.5) as engine:
        assert ask(engine, LISTED) == Unknown("zen", "11.0.7.66", "timeout")
        silent = False
        assert isinstance(ask(engine, LISTED), Listed)


def test_a_port_that_nobody_listens_on_ends_by_the_timeout() -> None:
    with an_engine("127.0.0.1:9", timeout=0.5) as engine:
        start = time.monotonic()
        assert isinstance(ask(engine, LISTED), Unknown)
        assert time.monotonic() - start < 3.0


def test_a_dead_resolver_soon_costs_no_delay_and_is_taken_back_when_it_answers() -> None:
    dead = True

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        return None if dead else a_response(query, "127.0.0.2")

    def questions(block: int) -> list[Question]:
        return [Question("zen", f"11.0.{block}.{host}") for host in range(1, 7)]

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=0.6) as engine:
        for one in [engine.ask(question) for question in questions(1)]:
            assert isinstance(one.wait(time.monotonic() + 1), Unknown)
        start = time.monotonic()
        assert isinstance(ask(engine, LISTED), Unknown)
        assert time.monotonic() - start < 0.4, "not the time of a try"
        dead = False
        until("the probe to bring it back", lambda: swept(engine) and not engine._routes[0].resolvers.resting())
        assert isinstance(ask(engine, LISTED), Listed)


def test_a_resolver_that_hung_is_taken_back_at_once_though_it_answers_all_that_it_was_asked_meanwhile() -> None:
    """Those answers come to questions that were given up, among them earlier probes."""
    goes_on = threading.Event()

    def answer(query: dns.message.Message) -> dns.message.Message:
        goes_on.wait(10)
        return a_response(query, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=0.3) as engine:
        resolvers = engine._routes[0].resolvers
        for one in [engine.ask(Question("zen", f"11.0.1.{host}")) for host in range(1, 7)]:
            one.wait(time.monotonic() + 1)
        hangs_until = time.monotonic() + 1.5
        until("some probes to be given up", lambda: swept(engine) and time.monotonic() > hangs_until)
        goes_on.set()
        sweeps = 0
        while resolvers.resting():
            time.sleep(0.05)  # a fifth of what the milter leaves between them
            engine.sweep()
            sweeps += 1
        assert sweeps < 6


def test_a_resolver_that_leaves_a_probe_without_an_answer_is_not_taken_back() -> None:
    with a_name_server(lambda _: None) as nameserver, an_engine(nameserver, timeout=0.3) as engine:
        for one in [engine.ask(Question("zen", f"11.0.1.{host}")) for host in range(1, 7)]:
            one.wait(time.monotonic() + 1)
        engine.sweep()
        route = engine._routes[0]
        probe = route._probes[0]
        until("the probe to be given up", lambda: swept(engine) and route._probes.get(0) is not probe)
        assert route.resolvers.resting() == (0,)


def test_what_probes_send_is_counted_too() -> None:
    with a_name_server(lambda _: None) as nameserver, an_engine(nameserver, timeout=0.3) as engine:
        for one in [engine.ask(Question("zen", f"11.0.1.{host}")) for host in range(1, 7)]:
            one.wait(time.monotonic() + 1)
        engine.follow_board()
        before = engine.board.sent()
        engine.sweep()  # sends the probe
        engine.follow_board()
        assert engine.board.sent() > before


def test_a_resolver_that_truncates_is_not_silent_though_nobody_waits_for_the_whole_answer() -> None:
    """Clients that hang up before their first recipient leave such lookups behind."""
    with a_name_server(truncated) as nameserver, an_engine(nameserver, timeout=0.5) as engine:
        left_behind = [engine.ask(Question("zen", f"11.0.1.{host}")) for host in range(1, 9)]
        until("them to end", lambda: swept(engine) and all(one.finding is not None for one in left_behind))
        assert engine._routes[0].resolvers.resting() == ()
        assert isinstance(ask(engine, LISTED), Listed)


def test_a_lookup_that_nobody_waits_for_is_finished_by_the_sweep(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        asked = engine.ask(LISTED)
        until("the sweep to finish it", lambda: swept(engine) and asked.finding is not None)
        assert isinstance(asked.finding, Listed)


def test_the_second_resolver_answers_where_the_first_is_silent(server: Rbldnsd) -> None:
    with a_name_server(lambda _: None) as silent, an_engine(silent, server.nameserver, key=server.key) as engine:
        start = time.monotonic()
        assert isinstance(ask(engine, LISTED), Listed)
        assert time.monotonic() - start < 1.5


def test_a_silent_resolver_soon_costs_no_delay_where_another_one_answers(
    server: Rbldnsd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_name_server(lambda _: None) as silent, an_engine(silent, server.nameserver, key=server.key) as engine:
        for one in [engine.ask(Question("zen", f"11.0.1.{host}")) for host in range(1, 7)]:
            one.wait(time.monotonic() + 10)
        monkeypatch.setattr(lookup, "RETRY_SECONDS", (60.0,))  # who tries it finds nothing out
        assert isinstance(ask(engine, LISTED), Listed)


def test_a_resolver_whose_answers_come_late_but_first_is_not_silent(server: Rbldnsd) -> None:
    """The other one was asked meanwhile, and had no time for an answer: neither is left alone."""

    def late(query: dns.message.Message) -> dns.message.Message:
        time.sleep(0.3)
        return a_response(query, "127.0.0.2")

    with a_name_server(late) as slow, a_name_server(lambda _: None) as silent, an_engine(slow, silent) as engine:
        for host in range(1, 3):
            assert isinstance(ask(engine, Question("zen", f"11.0.1.{host}")), Listed)
        resolvers = engine._routes[0].resolvers
        assert not resolvers.quiet(0)
        assert not resolvers.quiet(1)
