"""Large senders are known by their SPF records; a real name server answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

import dns.rcode
import pytest

from tests.reporter.caught import Clock, Place, campaign, trap
from tests.servers.name_server import name_server, serving, whole
from tests.servers.portal import Portal
from trapline.config.names import domain_name
from trapline.config.values import Nameserver
from trapline.reporter.enrichment import large_senders
from trapline.reporter.enrichment.large_senders import LargeSenders, names
from trapline.reporter.enrichment.txt_records import TxtRecords
from trapline.reporter.storage.store import Store

BIG = ("big.com", "TXT")


@dataclass(slots=True)
class Bench:
    """Large senders that a real name server knows; each `refresh` is as after a restart."""

    store: Store
    nameserver: str
    records: dict[tuple[str, str], Any]
    asked: list[tuple[str, str]]
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)

    def refresh(self, *senders: str) -> LargeSenders:
        host, _, port = self.nameserver.rpartition(":")
        ask = TxtRecords([Nameserver(host, int(port))]).ask
        made = LargeSenders(
            self.store, ask, self.clock, lambda said: self.said.append(str(said)), senders or ("big.com",)
        )
        made.refresh()
        return made

    def knows(self, address: str, *senders: str) -> list[str]:
        return [name for name, networks in self.refresh(*senders).networks if ip_address(address) in networks]


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    records: dict[tuple[str, str], Any] = {BIG: ["v=spf1 include:more.big.com -all"]}
    records["more.big.com", "TXT"] = ["v=spf1 " + " ".join(f"ip4:11.{n}.0.0/16" for n in range(60)) + " -all"]
    asked: list[tuple[str, str]] = []
    with name_server(serving(records, asked), whole(records)) as nameserver:
        yield Bench(store, nameserver, records, asked)


def test_a_record_gives_networks_also_one_that_takes_several_strings_and_tcp(bench: Bench) -> None:
    assert bench.knows("11.59.1.1") == ["big.com"]
    assert bench.knows("11.60.1.1") == []


def test_a_record_is_believed_for_a_day_and_then_asked_for_again(bench: Bench) -> None:
    bench.refresh()
    asked = len(bench.asked)
    bench.clock.move(hours=23)
    assert bench.knows("11.59.1.1") == ["big.com"]
    assert len(bench.asked) == asked
    bench.records["more.big.com", "TXT"] = ["v=spf1 ip4:11.99.0.0/16 -all"]
    bench.clock.move(hours=2)
    assert bench.knows("11.59.1.1") == []
    assert bench.knows("11.99.1.1") == ["big.com"]


@pytest.mark.parametrize(
    ("failure", "hours"),
    [(dns.rcode.SERVFAIL, 1), (["v=spf1 ip4:x"], 24), (["gone"], 24)],
    ids=["servfail", "broken", "gone"],
)
def test_where_it_fails_the_old_networks_stay_it_is_said_and_tried_again(
    bench: Bench, failure: Any, hours: int
) -> None:
    bench.refresh()
    good, bench.records[BIG] = bench.records[BIG], failure
    bench.clock.move(hours=25)
    assert bench.knows("11.59.1.1") == ["big.com"]
    assert len(bench.said) == 1
    assert "1 of 1 large senders could not be read, what was known of them stays in force: big.com: " in bench.said[0]
    bench.records[BIG] = good
    asked = len(bench.asked)
    bench.clock.move(hours=hours, minutes=-1)
    bench.refresh()
    assert len(bench.asked) == asked
    bench.clock.move(minutes=2)
    assert bench.knows("11.59.1.1") == ["big.com"]
    assert len(bench.asked) > asked


def test_one_that_fails_holds_no_other_up(bench: Bench) -> None:
    bench.records["bad.com", "TXT"] = dns.rcode.SERVFAIL
    assert bench.knows("11.59.1.1", "bad.com", "big.com") == ["big.com"]


def test_where_no_resolver_answers_the_others_are_not_asked_about(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trapline.reporter.enrichment.txt_records.TIMEOUT_SECONDS", 0.2)
    bench.records["silent.com", "TXT"] = None
    bench.refresh("silent.com", "big.com")
    assert ("big.com", "TXT") not in bench.asked
    assert "2 of 2 large senders" in bench.said[0]


def test_who_is_no_more_on_the_list_is_forgotten(bench: Bench) -> None:
    bench.records["other.com", "TXT"] = ["v=spf1 ip4:11.99.0.0/16 -all"]
    bench.refresh()
    assert bench.knows("11.59.1.1", "other.com") == []


def test_the_list_has_names_with_source_licence_and_count() -> None:
    text = (files("trapline.reporter") / "data" / "large_senders.txt").read_text(encoding="ascii")
    assert all(f"# {word}:" in text for word in ("subject", "source", "licence"))
    assert f"# count: {len(names())}" in text
    assert [name for name in names() if domain_name(name) != name] == []
    assert list(names()) == sorted(set(names()))


@pytest.fixture
def resolving(place: Place, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A reporter with a list of its own, and the name server."""
    monkeypatch.setattr(large_senders, "names", lambda: ("big.com",))
    place.options |= {"large_senders": {"enabled": True}, "dqs": {"nameservers": [bench.nameserver]}}
    return place


def test_the_other_customers_of_a_large_sender_are_spared_and_sample_and_links_are_reported(
    resolving: Place, portal: Portal
) -> None:
    resolving.catch(client="11.59.7.7")
    resolving.catch(campaign(2), client="11.60.7.7")
    assert resolving.once() == 0
    assert portal.objects("ip") == ["11.60.7.7"]
    assert resolving.rows("SELECT reason FROM decisions WHERE kind = 'ip' AND decision = 'skip'") == [
        ("a shared server of a large sender (by the SPF record of big.com)",)
    ]
    assert {one.kind for one in portal.submissions} == {"ip", "domain", "url", "email"}


def test_two_who_share_a_large_senders_server_are_not_one_sender(resolving: Place, portal: Portal) -> None:
    old = (trap(kind="recycled"),)
    for number, sender in ((1, "anna@first.com"), (2, "bert@second.com")):
        message = campaign(number).replace(b"pills-shop.com", sender.partition("@")[2].encode())
        resolving.catch(message, client="11.59.7.7", mail_from=sender, recipients=old)
    resolving.once()
    assert portal.submissions == []


def test_nothing_of_a_message_is_resolved(resolving: Place, bench: Bench) -> None:
    resolving.catch()
    resolving.once()
    assert {name for name, _ in bench.asked} == {"big.com", "more.big.com"}


def test_nobody_is_asked_where_it_is_off(resolving: Place, bench: Bench, portal: Portal) -> None:
    resolving.options["large_senders"] = {"enabled": False}
    resolving.catch(client="11.59.7.7")
    resolving.once()
    assert bench.asked == []
    assert portal.objects("ip") == ["11.59.7.7"]
