"""Lookups against a real rbldnsd, and against name servers that misbehave."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import dns.message
import dns.rcode
import dns.rrset
import pytest

from tests.dnsbl.answers import a_response, an_engine, truncated, with_rcode
from tests.dnsbl.engines import LISTED, a_name_server, ask, swept
from tests.servers.name_server import Answerer, name_server
from tests.servers.processes import until
from tests.servers.rbldnsd import OFFICE, Rbldnsd
from trapline.config.dqs import Dqs
from trapline.config.values import Nameserver
from trapline.config.zones import OwnZone
from trapline.dnsbl.board import Board
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Listed, NotListed, Unknown
from trapline.dnsbl.zones import Question, own_zones, zones

LISTED_V6 = Question("zen", "2a00:1450::1")


CLEAN = Question("zen", "11.0.200.1")


def test_a_listed_address_is_found_with_all_its_codes(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        assert ask(engine, LISTED) == Listed("zen", "11.0.7.66", ("127.0.0.2", "127.0.0.9"))
        assert ask(engine, LISTED_V6) == Listed("zen", "2a00:1450::1", ("127.0.0.3",))
        assert ask(engine, Question("dbl", "pills-r-us.com")) == Listed("dbl", "pills-r-us.com", ("127.0.1.2",))


def test_an_unlisted_one_is_not(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        assert ask(engine, CLEAN) == NotListed("zen", "11.0.200.1")


def test_an_error_code_is_unknown_and_named(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        said = ask(engine, Question("zen", "11.0.8.8"))
    assert isinstance(said, Unknown)
    assert "public resolver" in said.why


def test_a_foreign_key_is_refused_and_no_text_shows_the_key(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key="canarykey") as engine:
        said = ask(engine, LISTED)
    assert isinstance(said, Unknown)
    assert "REFUSED" in said.why
    assert "canarykey" not in repr(said)


def test_the_same_question_at_the_same_time_is_asked_once_and_then_kept() -> None:
    asked: list[str] = []
    go_on = threading.Event()

    def answer(query: dns.message.Message) -> dns.message.Message:
        asked.append(str(query.question[0].name))
        go_on.wait(5)
        return a_response(query, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver) as engine:
        waiting = [engine.ask(LISTED) for _ in range(5)]
        go_on.set()
        findings = {one.wait(time.monotonic() + 5) for one in waiting}
        ask(engine, LISTED)
    assert findings == {Listed("zen", "11.0.7.66", ("127.0.0.2",))}
    assert len(asked) == 1


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP])
def test_a_failure_is_unknown_and_the_next_resolver_is_asked(server: Rbldnsd, rcode: dns.rcode.Rcode) -> None:
    with a_name_server(with_rcode(rcode)) as broken:
        with an_engine(broken) as engine:
            said = ask(engine, LISTED)
        assert isinstance(said, Unknown)
        assert dns.rcode.to_text(rcode) in said.why
        with an_engine(broken, server.nameserver, key=server.key) as engine:
            assert isinstance(ask(engine, LISTED), Listed)


def test_a_truncated_answer_is_fetched_by_tcp() -> None:
    with a_name_server(truncated) as nameserver, an_engine(nameserver) as engine:
        assert isinstance(ask(engine, LISTED), Listed)


@contextmanager
def slow_by_tcp(seconds: float, by_udp: Answerer = truncated) -> Iterator[str]:
    """A server that answers by TCP alone, and takes its time there."""
    ends = threading.Event()

    def answer(query: dns.message.Message) -> dns.message.Message:
        ends.wait(seconds)
        return a_response(query, "127.0.0.2")

    with name_server(by_udp, by_tcp=answer) as nameserver:
        try:
            yield nameserver
        finally:
            ends.set()


def test_where_tcp_is_filtered_the_next_resolver_is_soon_asked(server: Rbldnsd) -> None:
    with slow_by_tcp(10) as filtered, an_engine(filtered, server.nameserver, key=server.key, timeout=5.0) as engine:
        start = time.monotonic()
        assert isinstance(ask(engine, LISTED), Listed)
        assert time.monotonic() - start < 0.8, "as for a lost datagram, not the time that TCP may take"


def test_where_tcp_is_slow_at_every_resolver_each_gets_more_time() -> None:
    with slow_by_tcp(0.3) as one, slow_by_tcp(0.3) as other, an_engine(one, other, timeout=5.0) as engine:
        assert isinstance(ask(engine, LISTED), Listed)


def test_where_tcp_is_slow_at_the_only_resolver_it_is_waited_for() -> None:
    with slow_by_tcp(0.5) as nameserver, an_engine(nameserver, timeout=5.0) as engine:
        assert isinstance(ask(engine, LISTED), Listed)


def test_an_answer_that_has_to_be_fetched_is_waited_for_no_longer_than_the_deadline() -> None:
    asked: list[int] = []

    def late_when_asked_again(query: dns.message.Message) -> dns.message.Message:
        asked.append(query.id)
        time.sleep(0.3 if len(asked) > 1 else 0.0)
        return truncated(query)

    with slow_by_tcp(10, late_when_asked_again) as nameserver, an_engine(nameserver) as engine:
        start = time.monotonic()
        assert isinstance(engine.ask(LISTED).wait(start + 0.4), Unknown)
        assert time.monotonic() - start < 0.6


def test_a_lame_answer_is_unknown() -> None:
    with a_name_server(a_response) as nameserver, an_engine(nameserver) as engine:
        said = ask(engine, LISTED)
    assert isinstance(said, Unknown)
    assert "lame" in said.why


def test_no_such_name_without_an_soa_is_not_listed_and_not_kept() -> None:
    asked: list[int] = []

    def answer(query: dns.message.Message) -> dns.message.Message:
        asked.append(query.id)
        return with_rcode(dns.rcode.NXDOMAIN)(query) or query

    with a_name_server(answer) as nameserver, an_engine(nameserver) as engine:
        assert ask(engine, CLEAN) == NotListed("zen", "11.0.200.1")
        assert ask(engine, CLEAN) == NotListed("zen", "11.0.200.1")
    assert len(asked) == 2


def test_an_answer_to_another_question_is_ignored() -> None:
    def answer(query: dns.message.Message) -> dns.message.Message:
        other = dns.message.make_query("1.0.0.11.KEY.zen.dq.spamhaus.net.", "A", id=query.id)
        return a_response(other, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=0.6) as engine:
        assert isinstance(ask(engine, CLEAN), Unknown)


def with_another_id(query: dns.message.Message) -> dns.message.Message:
    response = a_response(query, "127.0.0.2")
    response.id ^= 1
    return response


def test_an_answer_with_another_id_is_ignored() -> None:
    with a_name_server(with_another_id) as nameserver, an_engine(nameserver, timeout=0.6) as engine:
        assert ask(engine, CLEAN) == Unknown("zen", "11.0.200.1", "timeout")


def as_an_alias(query: dns.message.Message, *aliases: tuple[str, str]) -> dns.message.Message:
    """The `aliases`, "" being the name that was asked, and a listing of `elsewhere.com.`."""
    response = a_response(query)
    for name, target in aliases:
        owner = name or query.question[0].name.to_text()
        response.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", target))
    response.answer.append(dns.rrset.from_text("elsewhere.com.", 60, "IN", "A", "127.0.0.2"))
    return response


def test_an_alias_is_followed_to_its_listing() -> None:
    with (
        a_name_server(
            lambda query: as_an_alias(query, ("", "between.com."), ("between.com.", "elsewhere.com."))
        ) as near,
        an_engine(near) as engine,
    ):
        assert ask(engine, CLEAN) == Listed("zen", "11.0.200.1", ("127.0.0.2",))


def test_no_such_name_at_an_aliass_end_holds_no_longer_than_the_alias() -> None:
    def nowhere(query: dns.message.Message) -> dns.message.Message:
        response = with_rcode(dns.rcode.NXDOMAIN)(query) or query
        response.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "CNAME", "nowhere.com."))
        soa = "ns.nowhere.com. hostmaster.nowhere.com. 1 60 60 60 3600"
        response.authority.append(dns.rrset.from_text("nowhere.com.", 3600, "IN", "SOA", soa))
        return response

    with a_name_server(nowhere) as nameserver, an_engine(nameserver) as engine:
        said = ask(engine, CLEAN)
    assert isinstance(said, NotListed)
    assert said.ttl == 5


@pytest.mark.parametrize(
    "failure",
    [
        with_rcode(dns.rcode.SERVFAIL),
        with_rcode(dns.rcode.REFUSED),
        with_another_id,
        a_response,
        lambda query: a_response(query, "11.9.9.9"),
        lambda query: a_response(query, "127.255.255.254"),
        lambda query: a_response(query, "127.255.255.254", "127.0.0.2"),
        as_an_alias,
        lambda query: as_an_alias(query, ("", "nowhere.com.")),
        lambda query: as_an_alias(query, ("", "a.com."), ("a.com.", "b.com."), ("b.com.", "a.com.")),
    ],
    ids=[
        "SERVFAIL",
        "REFUSED",
        "another ID",
        "lame",
        "outside 127/8",
        "an error code",
        "an error among listings",
        "another name's listing",
        "a listing that the alias does not lead to",
        "an alias without end",
    ],
)
def test_no_failure_is_a_listing_or_kept_as_an_answer(failure: Answerer) -> None:
    fails = True

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        return failure(query) if fails else a_response(query, "127.0.0.2")

    with a_name_server(answer) as nameserver, an_engine(nameserver, timeout=0.6) as engine:
        assert isinstance(ask(engine, LISTED), Unknown)
        fails = False
        assert isinstance(ask(engine, LISTED), Listed)


def test_a_test_of_a_zone_is_asked_past_the_cache_and_its_answer_is_not_kept(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        ask(engine, CLEAN)
        sent = engine.board.sent
        engine.sweep()
        before = sent()
        test = engine.test(CLEAN, engine.zones["zen"])
        until("the sweep to find the answer", lambda: swept(engine) and test.finding is not None)
        assert test.finding == NotListed("zen", "11.0.200.1")
        other = engine.test(LISTED, engine.zones["zen"])
        until("the sweep to find the answer", lambda: swept(engine) and other.finding is not None)
        ask(engine, LISTED)
        engine.sweep()
        assert sent() - before == 3


def test_a_test_that_needs_tcp_is_answered_by_the_sweep() -> None:
    with a_name_server(truncated) as nameserver, an_engine(nameserver) as engine:
        test = engine.test(LISTED, engine.zones["zen"])
        until("the sweep to find the answer", lambda: swept(engine) and test.finding is not None)
        assert isinstance(test.finding, Listed)


def test_an_engine_that_joins_later_leaves_out_what_is_left_out_from_its_first_question(server: Rbldnsd) -> None:
    """That of a worker that replaces a dead one."""
    host, port = server.nameserver.rsplit(":", 1)
    every = zones(Dqs(), server.key)
    board = Board(tuple(every), 1, places=2)
    board.leave_out("zen", out=True)
    with closing(Engine(every, [Nameserver(host, int(port))], 2.0, board=board)) as engine:
        assert isinstance(ask(engine, LISTED), Unknown)


def test_a_zone_that_is_left_out_is_not_asked_and_nothing_it_said_before_counts(server: Rbldnsd) -> None:
    with an_engine(server.nameserver, key=server.key) as engine:
        assert isinstance(ask(engine, LISTED), Listed)
        under_way = engine.ask(LISTED_V6)
        engine.board.leave_out("zen", out=True)
        engine.sweep()
        sent = engine.board.sent()
        assert isinstance(ask(engine, LISTED), Unknown)
        assert isinstance(under_way.wait(time.monotonic() + 5), Unknown)
        engine.sweep()
        assert engine.board.sent() == sent
        engine.board.leave_out("zen", out=False)
        engine.sweep()
        assert engine.board.sent() == sent
        assert isinstance(ask(engine, LISTED), Listed)
        engine.sweep()
        assert engine.board.sent() == sent + 1, "asked anew: the cache had forgotten it"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def with_office(server: Rbldnsd, *, nameservers: tuple[Nameserver, ...] = (), now: Clock | None = None) -> Engine:
    """Asks Spamhaus's zones of `server`, and `office` of it or of others."""
    office = own_zones({"office": OwnZone(domain=OFFICE, nameservers=nameservers)})
    every = zones(Dqs(), server.key) | office
    return Engine(every, [Nameserver("127.0.0.1", server.port)], 1.0, now or Clock())


def test_what_a_zone_of_ones_own_did_not_list_is_asked_again_as_soon_as_its_soa_says(server: Rbldnsd) -> None:
    question, clock = Question("office", "11.0.200.1"), Clock()
    with closing(with_office(server, now=clock)) as engine:
        assert ask(engine, question) == NotListed("office", "11.0.200.1")
        clock.now += 1.9
        assert engine.known([question])
        clock.now += 0.2
        assert not engine.known([question])


def test_a_zone_can_be_asked_through_resolvers_of_its_own(server: Rbldnsd) -> None:
    def answer(query: dns.message.Message) -> dns.message.Message:
        return a_response(query, "127.0.0.7")

    with a_name_server(answer) as other:
        host, port = other.rsplit(":", 1)
        with closing(with_office(server, nameservers=(Nameserver(host, int(port)),))) as engine:
            assert ask(engine, Question("office", "11.0.7.66")) == Listed("office", "11.0.7.66", ("127.0.0.7",))
            assert ask(engine, LISTED) == Listed("zen", "11.0.7.66", ("127.0.0.2", "127.0.0.9"))


def test_a_dead_resolver_of_one_zone_leaves_the_others_alone(server: Rbldnsd) -> None:
    nobody = Nameserver("127.0.0.1", 1)
    with closing(with_office(server, nameservers=(nobody,))) as engine:
        for number in range(10):
            said = ask(engine, Question("office", f"11.0.201.{number}"))
            assert isinstance(said, Unknown)
        assert isinstance(ask(engine, Question("zen", "11.0.201.1")), NotListed)


def test_what_other_operators_are_asked_does_not_count_against_the_account(server: Rbldnsd) -> None:
    with closing(with_office(server)) as engine:
        ask(engine, Question("office", "11.0.202.1"))
        ask(engine, Question("office", "11.0.202.2"))
        ask(engine, Question("zen", "11.0.202.1"))
        engine.sweep()
        assert engine.board.sent() == 1
