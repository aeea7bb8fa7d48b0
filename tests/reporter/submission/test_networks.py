import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, TOKEN, TRAP, Clock, Place
from tests.servers.portal import Portal
from tests.servers.portal_http import Answer
from tests.servers.ripe_stat import RipeStat
from trapline.reporter.enrichment.network import Network
from trapline.reporter.enrichment.ripe_stat import MAX_ANSWER_BYTES, RipeStatError
from trapline.reporter.enrichment.ripe_stat import RipeStat as Client
from trapline.reporter.storage.schema import networks
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import networks as subject
from trapline.spool.envelope import Client as SmtpClient

FACTS = "; network PILLS-NET (Pills Hosting), AS64500, NL"


@pytest.fixture
def ripe_stat() -> Iterator[RipeStat]:
    with RipeStat() as running:
        running.knows(CLIENT)
        yield running


@pytest.fixture
def at_work(place: Place, ripe_stat: RipeStat) -> Place:
    """A reporter that asks the stand-in."""
    place.options["ripe_stat"] = {"enabled": True, "api": ripe_stat.url}
    return place


def sent(portal: Portal) -> list[str]:
    return [one.reason for one in portal.submissions]


def test_an_analyst_reads_whose_network_the_client_is_in(at_work: Place, portal: Portal) -> None:
    at_work.catch()
    assert at_work.once() == 0
    assert len(sent(portal)) == 4
    assert all(reason.endswith(FACTS) for reason in sent(portal))


def test_the_store_keeps_the_reason_as_it_was_sent(at_work: Place, portal: Portal) -> None:
    at_work.catch()
    at_work.once()
    assert sorted(reason for (reason,) in at_work.rows("SELECT reason FROM submissions")) == sorted(sent(portal))


def test_one_network_is_asked_about_once_for_all_its_clients_and_runs(
    at_work: Place, portal: Portal, ripe_stat: RipeStat
) -> None:
    at_work.catch()
    at_work.once()
    at_work.catch(MESSAGE.replace(b"landing", b"other"), client="11.0.0.99")
    at_work.once()
    assert ripe_stat.asked == [CLIENT]
    assert all(FACTS in reason for reason in sent(portal))


def test_after_a_week_it_is_asked_about_again(at_work: Place, ripe_stat: RipeStat) -> None:
    at_work.catch()
    at_work.once()
    at_work.clock.move(days=8)
    at_work.catch()
    at_work.once()
    assert len(ripe_stat.requests) == 4


def test_nothing_but_the_clients_address_is_told(at_work: Place, ripe_stat: RipeStat) -> None:
    message = MESSAGE.replace(b"landing-pills.com", b"11.0.0.200").replace(
        b"From:", b"X-Originating-IP: 11.0.0.201\nFrom:"
    )
    at_work.catch(message)
    at_work.once()
    assert ripe_stat.asked == [CLIENT]
    for request in ripe_stat.requests:
        told = f"{request.path} {dict(request.headers)} {request.body!r}"
        assert not any(word in told for word in (TRAP, TRAP.partition("@")[0], LABEL, "pills", "token"))


@pytest.mark.parametrize("how", ["dry run", "no token", "switched off"])
def test_nobody_is_told_of_a_client_while_nothing_is_sent_or_where_it_is_switched_off(
    at_work: Place, ripe_stat: RipeStat, how: str
) -> None:
    if how == "switched off":
        at_work.options["ripe_stat"] = {"enabled": False, "api": ripe_stat.url}
    at_work.options["spamhaus"] = {"dry_run": how == "dry run"}
    at_work.catch()
    assert at_work.once(None if how == "no token" else TOKEN) == 0
    assert ripe_stat.requests == []


@pytest.mark.parametrize("client", ["10.0.0.1", "100.64.0.1", "::1", SmtpClient(address=None)])
def test_only_a_public_address_is_asked_about(at_work: Place, portal: Portal, ripe_stat: RipeStat, client: Any) -> None:
    at_work.catch(client=client)
    at_work.once()
    assert portal.objects("url") != []
    assert ripe_stat.requests == []


def test_a_client_behind_nat64_or_6to4_is_asked_about_by_its_real_address(at_work: Place, ripe_stat: RipeStat) -> None:
    at_work.catch(client="2002:0b00:0042::1")  # 11.0.0.66
    at_work.once()
    assert ripe_stat.asked == [CLIENT]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(429),
        Answer(302, {"Location": "http://127.0.0.1:9/"}),
        Answer(200, body=b"<html>"),
        Answer(200, body=b'{"data": 3}'),
        Answer(200, body=b'{"data": {"records": "' + b"x" * MAX_ANSWER_BYTES + b'"}}'),
        Answer(200, body=b"[" * 100_000),
    ],
    ids=["500", "429", "redirect", "web page", "no data", "too large", "deep"],
)
def test_a_failure_leaves_the_facts_out_and_is_not_asked_again_for_a_while(
    at_work: Place, portal: Portal, ripe_stat: RipeStat, answer: Answer
) -> None:
    ripe_stat.script = {"whois": lambda: answer, "prefix-overview": lambda: answer}
    at_work.catch()
    assert at_work.once() == 0
    assert len(sent(portal)) == 4
    assert not any("network" in reason for reason in sent(portal))
    assert len(ripe_stat.requests) == 2
    at_work.catch(client="11.9.0.1")
    at_work.once()
    assert len(ripe_stat.requests) == 2, "the pause holds over restarts"
    ripe_stat.script.clear()
    at_work.clock.move(minutes=16)
    at_work.catch(MESSAGE.replace(b"landing", b"other"))
    at_work.once()
    assert FACTS in sent(portal)[-1]


def test_what_is_sent_again_is_described_once_even_where_the_first_try_had_to_do_without(
    at_work: Place, portal: Portal, ripe_stat: RipeStat
) -> None:
    ripe_stat.script = {call: (lambda: Answer(500)) for call in ("whois", "prefix-overview")}
    for _ in range(3):
        portal.script(Answer.slow_down("1200"))
        at_work.catch()
        at_work.once()
        ripe_stat.script.clear()
        at_work.clock.move(minutes=21)
    portal.requests.clear()
    portal.submissions.clear()
    at_work.once()
    assert sent(portal) != []
    assert all(reason.count("network") == 1 for reason in sent(portal))


def test_half_an_answer_is_used(at_work: Place, portal: Portal, ripe_stat: RipeStat) -> None:
    ripe_stat.script = {"prefix-overview": lambda: Answer(503)}
    at_work.catch()
    at_work.once()
    assert all(reason.endswith("; network PILLS-NET (Pills Hosting), NL") for reason in sent(portal))
    assert len(ripe_stat.requests) == 2


def test_what_nobody_knows_is_not_asked_about_again_for_a_day(at_work: Place, ripe_stat: RipeStat) -> None:
    at_work.catch(client="11.9.0.1")
    at_work.once()
    at_work.catch(client="11.9.0.1")
    at_work.clock.move(hours=23)
    at_work.once()
    assert len(ripe_stat.requests) == 2


def test_who_never_answers_holds_nothing_up_for_longer_than_our_patience(
    at_work: Place, portal: Portal, ripe_stat: RipeStat
) -> None:
    def never() -> Answer:
        time.sleep(30)
        return Answer(500)

    ripe_stat.script = {"whois": never, "prefix-overview": never}
    for number in range(5):
        at_work.catch(MESSAGE.replace(b"landing", b"landing%d" % number), client=f"11.{number}.0.1")
    began = time.monotonic()
    assert at_work.once() == 0
    assert time.monotonic() - began < 8
    assert len(portal.objects("ip")) == 5


def test_half_of_it_is_had_while_the_other_half_never_comes(ripe_stat: RipeStat) -> None:
    def never() -> Answer:
        time.sleep(30)
        return Answer(500)

    ripe_stat.script = {"whois": never}
    asked = Client(ripe_stat.url, timedelta(seconds=1)).ask(ip_address(CLIENT))
    assert asked.network.as_number == 64500
    assert asked.failure == "no answer within 1 s"


def test_a_line_that_stays_silent_is_told_in_the_same_words_whoever_notices_first(ripe_stat: RipeStat) -> None:
    def never() -> Answer:
        time.sleep(30)
        return Answer(500)

    ripe_stat.script = {"whois": never}
    with pytest.raises(RipeStatError, match=r"^no answer within 0\.2 s$"):
        Client(ripe_stat.url, timedelta(seconds=0.2))._get("whois", ip_address(CLIENT), time.monotonic() + 60)


def test_a_dead_port_is_a_failure_like_any_other() -> None:
    asked = Client("http://127.0.0.1:9/data").ask(ip_address(CLIENT))
    assert next(asked.network.facts(), None) is None
    assert asked.failure == "no connection, or it broke (ConnectionError)"


def test_so_many_networks_are_remembered_and_no_more(
    store: Store, ripe_stat: RipeStat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MAX_NETWORKS", 3)
    clock = Clock()
    with store.writing() as db:
        for number in range(6):
            clock.move(seconds=1)
            network = Network(prefix=ip_network(f"11.{number}.0.0/16"), name=f"NET-{number}")
            subject._remember(db, network, clock(), subject.GOOD)
        left = db.execute(networks.select()).mappings()
        assert {row["name"] for row in left} == {"NET-3", "NET-4", "NET-5"}
