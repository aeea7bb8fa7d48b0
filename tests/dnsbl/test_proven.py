"""A zone's word counts only after it passed its test."""

import gc
from collections.abc import Callable, Iterator

import pytest

from tests.servers.rbldnsd import Rbldnsd
from trapline.config.dqs import Dqs
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.proven import ProvenZones
from trapline.dnsbl.zones import Question, zones

CLEAN, CSS = Question("zen", "11.0.1.1"), Question("zen", "11.0.0.3")


@pytest.fixture
def proven() -> Iterator[Callable[..., ProvenZones]]:
    engines: list[Engine] = []

    def make(dns: Rbldnsd, now: Callable[[], float] = lambda: 0.0, **options: object) -> ProvenZones:
        dqs = Dqs.model_validate({"nameservers": [dns.nameserver], **options})
        engines.append(Engine(zones(dqs, dns.key), dqs.nameservers, 1.0))
        return ProvenZones(engines[-1], 1.0, now)

    yield make
    for engine in engines:
        engine.close()


def why(finding: Finding) -> str:
    assert isinstance(finding, Unknown)
    return finding.why


def test_a_zone_that_is_well_is_believed(proven: Callable[..., ProvenZones]) -> None:
    with Rbldnsd() as dns:
        found = proven(dns).ask([CLEAN, CSS])
    assert isinstance(found[CLEAN], NotListed)
    assert isinstance(found[CSS], Listed)


def test_a_zone_that_does_not_list_its_test_point_says_nothing_about_anybody(
    proven: Callable[..., ProvenZones],
) -> None:
    """So does one that is asked with a wrong key, where the resolver makes "no such name" of the refusal."""
    with Rbldnsd(without={"zen": ["127.0.0.2"]}) as dns:
        found = proven(dns).ask([CLEAN])
    assert "does not list its test point" in why(found[CLEAN])


def test_a_zone_that_lists_everything_lists_nobody(proven: Callable[..., ProvenZones]) -> None:
    with Rbldnsd({"zen": {"0.0.0.0/0": "127.0.0.2"}}) as dns:
        found = proven(dns).ask([CLEAN])
    assert "lists 127.0.0.1, which it must not" in why(found[CLEAN])


def test_no_answer_is_unknown(proven: Callable[..., ProvenZones]) -> None:
    with Rbldnsd() as dns:
        dns.stop()
        found = proven(dns).ask([CLEAN])
    assert isinstance(found[CLEAN], Unknown)


def test_a_silent_resolver_that_is_probed_leaves_no_socket_behind(proven: Callable[..., ProvenZones]) -> None:
    """Else the test run fails: a socket that is not closed is a warning, and warnings are errors."""
    with Rbldnsd() as dns:
        one = proven(dns)
        dns.pause()
        one.ask([Question("zen", "11.0.1.1"), Question("dbl", "pills.com"), Question("zrd", "pills.com")])
        assert one._engine._routes[0]._probes
        one._engine.close()
    del one
    gc.collect()


def test_a_test_holds_for_half_an_hour_and_costs_two_questions(proven: Callable[..., ProvenZones]) -> None:
    clock = [0.0]
    with Rbldnsd() as dns:
        one = proven(dns, lambda: clock[0])
        one.ask([Question("zen", "11.0.1.1")])
        assert one.sent == 3
        one.ask([Question("zen", "11.0.1.2")])
        assert one.sent == 4
        clock[0] = 1800.0
        one.ask([Question("zen", "11.0.1.3")])
        assert one.sent == 7


def test_only_the_zones_that_are_asked_are_tested(proven: Callable[..., ProvenZones]) -> None:
    with Rbldnsd() as dns:
        one = proven(dns)
        one.ask([])
        assert one.sent == 0
