"""Several questions in one lookup: what a session asks at once, on one socket, and what becomes of each."""

import errno
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager

import dns.message
import dns.rcode
import pytest

from tests.dnsbl.answers import a_response, an_engine, truncated, with_rcode
from tests.servers.name_server import Answerer, name_server
from tests.servers.processes import until
from trapline.dnsbl import lookup, wire
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.zones import Question

CLIENT = Question("zen", "11.0.7.66")
DOMAIN = Question("dbl", "pills-r-us.com")
YOUNG = Question("zrd", "pills-r-us.com")
SESSION = (CLIENT, DOMAIN, YOUNG)
CODES = {"zen": "127.0.0.2", "dbl": "127.0.1.2", "zrd": "127.0.2.2"}
ALL_LISTED = [Listed(zone, thing, (CODES[zone],)) for zone, thing in SESSION]
NOBODY = "127.0.0.1:9"


def found(engine: Engine, questions: Sequence[Question] = SESSION, seconds: float = 5.0) -> list[Finding]:
    """What a session finds out that waits for each of `questions`."""
    deadline = time.monotonic() + seconds
    return [asked.wait(deadline) for asked in engine.ask_all(questions)]


def zone_of(query: dns.message.Message) -> str:
    return str(query.question[0].name).split(".dq.spamhaus.net")[0].rpartition(".")[2]


def listing(query: dns.message.Message) -> dns.message.Message:
    return a_response(query, CODES[zone_of(query)])


class Lists:
    """A name server that lists everything, but for what `instead` answers; keeps what it was asked.

    In no order: each question is answered by a thread of its own.
    """

    def __init__(self, instead: dict[str, Answerer] | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self._instead = instead or {}

    def __call__(self, query: dns.message.Message) -> dns.message.Message | None:
        self.asked.append((zone_of(query), query.id))
        return self._instead.get(zone_of(query), listing)(query)

    def serve(self) -> AbstractContextManager[str]:
        return name_server(self, by_tcp=listing)

    @property
    def zones(self) -> list[str]:
        return sorted(zone for zone, _ in self.asked)


SERVFAIL = with_rcode(dns.rcode.SERVFAIL)


def silence(_query: dns.message.Message) -> None:
    return None


@pytest.fixture
def long_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for the time of a try finds nothing out: what is found was asked at once."""
    monkeypatch.setattr(lookup, "RETRY_SECONDS", (60.0,))


def test_each_question_gets_its_own_answer_and_one_socket_serves_them_all() -> None:
    server = Lists()
    with server.serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == ALL_LISTED
        assert server.zones == ["dbl", "zen", "zrd"]
        (idle,) = engine._routes[0]._sockets._idle
        assert [used.lookups for used in idle] == [1]


def test_they_never_share_an_id_for_answers_are_told_apart_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "identity", iter([5, 5, 6, 5, 6, 7]).__next__)
    server = Lists()
    with server.serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == ALL_LISTED
    assert dict(server.asked) == {"zen": 5, "dbl": 6, "zrd": 7}


def test_answers_may_come_in_any_order() -> None:
    with Lists().serve() as nameserver, an_engine(nameserver) as engine:
        asked = engine.ask_all(SESSION)
        deadline = time.monotonic() + 5
        assert [one.wait(deadline) for one in reversed(asked)] == ALL_LISTED[::-1]


def test_where_one_datagram_is_lost_that_question_alone_is_sent_again() -> None:
    lost: list[int] = []

    def loses_the_first(query: dns.message.Message) -> dns.message.Message | None:
        lost.append(query.id)
        return None if len(lost) == 1 else listing(query)

    server = Lists({"dbl": loses_the_first})
    with server.serve() as nameserver, an_engine(nameserver) as engine:
        start = time.monotonic()
        assert found(engine) == ALL_LISTED
        assert time.monotonic() - start < 0.8, "a quarter of a second, and what the machine needs"
    assert server.zones == ["dbl", "dbl", "zen", "zrd"]


@pytest.mark.usefixtures("long_tries")
def test_where_a_resolver_fails_for_one_the_next_is_asked_about_that_one_at_once() -> None:
    failing, other = Lists({"dbl": SERVFAIL}), Lists()
    with failing.serve() as first, other.serve() as second, an_engine(first, second) as engine:
        assert found(engine) == ALL_LISTED
    assert other.zones == ["dbl"]


@pytest.mark.usefixtures("long_tries")
def test_where_a_resolver_refuses_without_the_question_the_next_is_asked_at_once() -> None:
    def refuses(query: dns.message.Message) -> dns.message.Message:
        response = with_rcode(dns.rcode.REFUSED)(query) or query
        response.question.clear()
        return response

    refusing = Lists(dict.fromkeys(CODES, refuses))
    with refusing.serve() as first, Lists().serve() as second, an_engine(first, second) as engine:
        assert found(engine) == ALL_LISTED


def after(seconds: float, answer: Answerer) -> Answerer:
    def late(query: dns.message.Message) -> dns.message.Message | None:
        time.sleep(seconds)
        return answer(query)

    return late


def test_a_resolver_that_fails_too_late_sends_nothing_while_the_next_one_is_awaited() -> None:
    """Spamhaus counts each question."""
    failing, other = Lists({"zen": after(0.3, SERVFAIL)}), Lists({"zen": after(0.15, listing)})
    with failing.serve() as first, other.serve() as second, an_engine(first, second) as engine:
        assert found(engine, [CLIENT]) == ALL_LISTED[:1]
    assert (failing.zones, other.zones) == (["zen"], ["zen"])


def test_the_next_resolver_has_the_time_of_a_try_however_late_its_turn_came() -> None:
    failing, other = Lists({"zen": after(0.2, SERVFAIL)}), Lists({"zen": after(0.15, listing)})
    with failing.serve() as first, other.serve() as second, an_engine(first, second) as engine:
        assert found(engine, [CLIENT]) == ALL_LISTED[:1]
        assert engine._routes[0].resolvers.quiet(1) is False
    assert (failing.zones, other.zones) == (["zen"], ["zen"])


class Full(socket.socket):
    """A socket of a system that has no room for the second datagram."""

    sends = 0

    def send(self, data: bytes, flags: int = 0, /) -> int:  # type: ignore[override]  # bytes are all we send
        self.sends += 1
        if self.sends == 2:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return super().send(data, flags)


def test_what_the_system_does_not_send_is_asked_elsewhere_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Lists(), Lists()
    with one.serve() as first, other.serve() as second, an_engine(first, second) as engine:
        monkeypatch.setattr("trapline.dnsbl.sockets.socket.socket", Full)
        assert found(engine) == ALL_LISTED
    assert (one.zones, other.zones) == (["zen", "zrd"], ["dbl"])


def test_a_failure_of_one_ends_none_of_the_others() -> None:
    with Lists({"dbl": SERVFAIL}).serve() as nameserver, an_engine(nameserver) as engine:
        client, domain, young = found(engine)
    assert (client, young) == (ALL_LISTED[0], ALL_LISTED[2])
    assert isinstance(domain, Unknown)
    assert "SERVFAIL" in domain.why


def test_a_resolver_that_fails_once_is_asked_again() -> None:
    failed: list[int] = []

    def fails_once(query: dns.message.Message) -> dns.message.Message | None:
        failed.append(query.id)
        return SERVFAIL(query) if len(failed) == 1 else listing(query)

    with Lists({"dbl": fails_once}).serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == ALL_LISTED


def test_the_longer_a_resolver_is_silent_the_seldomer_it_is_asked() -> None:
    server = Lists({"zen": silence})
    with server.serve() as nameserver, an_engine(nameserver, timeout=1.4) as engine:
        assert found(engine, [CLIENT]) == [Unknown("zen", "11.0.7.66", "timeout")]
    assert server.zones == ["zen"] * 3, "after 0.25 s and 0.75 s; every 0.25 s would be six"


def test_where_too_many_are_under_way_one_more_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may hold a socket: without a bound there would be none left for mail."""
    monkeypatch.setattr("trapline.dnsbl.engine.MAX_IN_FLIGHT", 2)
    server = Lists({"zen": silence, "dbl": silence})
    with server.serve() as nameserver, an_engine(nameserver, timeout=0.3) as engine:
        client, domain, young = engine.ask_all(SESSION)
        assert young.finding == Unknown("zrd", "pills-r-us.com", "too many lookups under way")
        deadline = time.monotonic() + 5
        assert isinstance(client.wait(deadline), Unknown)
        assert isinstance(domain.wait(deadline), Unknown)
        assert found(engine, [YOUNG]) == ALL_LISTED[2:], "there is room again"


def test_silence_about_one_is_its_timeout_alone_and_leaves_the_resolver_in_use() -> None:
    with Lists({"zrd": silence}).serve() as nameserver, an_engine(nameserver, timeout=0.4) as engine:
        names = [f"pills{number}.com" for number in range(8)]
        asked = [engine.ask_all([Question("dbl", name), Question("zrd", name)]) for name in names]
        deadline = time.monotonic() + 5
        for name, (domain, young) in zip(names, asked, strict=True):
            assert isinstance(domain.wait(deadline), Listed)
            assert young.wait(deadline) == Unknown("zrd", name, "timeout")
        assert engine._routes[0].resolvers.resting() == ()


def test_a_silent_resolver_is_left_alone_after_two_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, other = Lists(dict.fromkeys(CODES, silence)), Lists()
    with silent.serve() as first, other.serve() as second, an_engine(first, second) as engine:
        for name in ("pills1.com", "pills2.com"):
            found(engine, [Question("zen", f"11.0.1.{name[5]}"), Question("dbl", name), Question("zrd", name)])
        monkeypatch.setattr(lookup, "RETRY_SECONDS", (60.0,))  # who tries it finds nothing out
        assert found(engine) == ALL_LISTED


def test_a_truncated_answer_is_fetched_by_tcp_and_the_others_are_kept() -> None:
    with Lists({"zen": truncated}).serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == ALL_LISTED


@pytest.mark.usefixtures("long_tries")
def test_where_nobody_listens_the_next_resolver_is_asked_about_all_at_once() -> None:
    """The error of one datagram is told to the next one that is sent, which is not sent then."""
    with Lists().serve() as nameserver, an_engine(NOBODY, nameserver) as engine:
        assert found(engine) == ALL_LISTED


def test_where_nobody_listens_anywhere_all_end_soon_and_say_so() -> None:
    with an_engine(NOBODY) as engine:
        start = time.monotonic()
        whys = [finding.why for finding in found(engine) if isinstance(finding, Unknown)]
        assert time.monotonic() - start < 2.0
    assert len(whys) == 3
    assert all("Connection refused" in why for why in whys)


def test_a_session_that_shares_one_of_anothers_questions_gets_its_answer_though_the_other_lacks_one() -> None:
    server = Lists({"zen": silence})
    with server.serve() as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        theirs = engine.ask_all(SESSION)
        ours = engine.ask_all([DOMAIN])
        assert ours == [theirs[1]]
        assert ours[0].wait(time.monotonic() + 5) == ALL_LISTED[1]
        assert theirs[0].finding is None
    assert server.zones.count("dbl") == 1


def test_a_session_has_its_answer_though_another_one_reads_on_for_what_does_not_come() -> None:
    goes_on = threading.Event()

    def late(query: dns.message.Message) -> dns.message.Message:
        goes_on.wait(5)
        return listing(query)

    with Lists({"zen": silence, "dbl": late}).serve() as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        client, domain = engine.ask_all([CLIENT, DOMAIN])
        reads = threading.Thread(target=client.wait, args=(time.monotonic() + 1.5,))
        reads.start()
        threading.Timer(0.2, goes_on.set).start()
        start = time.monotonic()
        assert domain.wait(start + 5) == ALL_LISTED[1]
        assert time.monotonic() - start < 1.3
        assert reads.is_alive()
        reads.join()


def test_a_truncated_answer_is_fetched_though_who_reads_waits_for_another_one() -> None:
    with Lists({"zen": silence, "dbl": truncated}).serve() as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        client, domain = engine.ask_all([CLIENT, DOMAIN])
        reads = threading.Thread(target=client.wait, args=(time.monotonic() + 1.5,))
        reads.start()
        assert domain.wait(time.monotonic() + 1.2) == ALL_LISTED[1]
        reads.join()


def test_closing_does_not_wait_for_those_who_wait() -> None:
    with Lists({"zen": silence}).serve() as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        (client,) = engine.ask_all([CLIENT])
        reads = threading.Thread(target=client.wait, args=(time.monotonic() + 5,))
        reads.start()
        start = time.monotonic()
        engine.close()
        reads.join()
        assert time.monotonic() - start < 3.0, "a receive lasts a quarter of a second"
        assert client.finding is None


def test_what_nobody_waits_for_is_taken_by_the_sweep() -> None:
    with Lists().serve() as nameserver, an_engine(nameserver) as engine:
        asked = engine.ask_all(SESSION)

        def ended() -> bool:
            engine.sweep()
            return all(one.finding is not None for one in asked)

        until("the sweep to take the answers", ended)
        assert [one.finding for one in asked] == ALL_LISTED
        assert list(engine.known(SESSION).values()) == ALL_LISTED


def test_a_question_that_is_no_name_fails_alone() -> None:
    long_label = Question("dbl", f"{'a' * 64}.com")
    with Lists().serve() as nameserver, an_engine(nameserver) as engine:
        bad, good = found(engine, [long_label, DOMAIN])
    assert isinstance(bad, Unknown)
    assert good == ALL_LISTED[1]


def test_an_answer_that_comes_after_the_end_does_not_reach_the_sockets_next_user() -> None:
    held: list[dns.message.Message] = []

    def first_is_held(query: dns.message.Message) -> dns.message.Message | None:
        held.append(query)
        return None if len(held) == 1 else listing(query)

    with Lists({"zen": first_is_held}).serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == ALL_LISTED
        (idle,) = engine._routes[0]._sockets._idle
        assert not idle, "a socket that may still get an answer is closed"


def test_unlisted_ones_are_not_listed() -> None:
    no_such_name = with_rcode(dns.rcode.NXDOMAIN)
    with Lists(dict.fromkeys(CODES, no_such_name)).serve() as nameserver, an_engine(nameserver) as engine:
        assert found(engine) == [NotListed(zone, thing) for zone, thing in SESSION]
