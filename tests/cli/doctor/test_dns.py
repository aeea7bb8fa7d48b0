"""The doctor's word on resolvers, key and zones, by a real rbldnsd."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from tests.servers.name_server import name_server, serving
from tests.servers.rbldnsd import KEY, Rbldnsd
from trapline.cli.doctor import dns
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings
from trapline.config.values import Nameserver
from trapline.dnsbl.examination import SLOW_SECONDS, Resolver


def looked_at(settings: Mapping[str, object]) -> list[Result]:
    return list(dns.check(Site(Settings.model_validate(settings), Path("/nowhere/trapline.toml"))))


def looked(nameserver: str, key: str = KEY, **more: object) -> dict[str, Result]:
    settings = {"dqs": {"nameservers": [nameserver], "key": key, **more}}
    return {one.name: one for one in looked_at(settings)}


def test_a_key_that_lists_nothing_fails_and_the_zones_are_not_blamed() -> None:
    with Rbldnsd(without={"zen": ["127.0.0.2"]}) as server:
        found = looked(server.nameserver)
    assert found["DQS key"].state == "failed"
    assert "127.0.0.2" in found["DQS key"].seen
    assert "Spamhaus account" in found["DQS key"].hint
    assert found["zone dbl"].state == "skipped"


def test_a_zone_that_lists_the_world_fails_alone() -> None:
    with Rbldnsd({"dbl": {"example.com": "127.0.1.2"}}) as server:
        found = looked(server.nameserver)
    assert [found[f"zone {name}"].state for name in ("zen", "dbl", "zrd")] == ["ok", "failed", "ok"]
    assert "it would refuse anybody" in found["zone dbl"].seen
    assert "dqs.dbl.enabled = false" in found["zone dbl"].hint


def test_a_zone_that_the_account_does_not_have_fails_with_the_zones_own_word() -> None:
    with Rbldnsd({"zrd": {"test": "127.255.255.252"}}) as server:
        found = looked(server.nameserver)
    assert found["zone zrd"].state == "failed"
    assert "127.255.255.252" in found["zone zrd"].seen
    assert KEY not in str(found)


def test_a_zone_without_test_points_is_skipped() -> None:
    with Rbldnsd() as server:
        found = looked(server.nameserver, dbl={"test_listed": "", "test_unlisted": ""})
    assert (found["zone dbl"].state, found["zone zen"].state) == ("skipped", "ok")


def test_a_zone_of_ones_own_is_tested_without_a_key_too() -> None:
    good = {("2.0.0.127.bl.our-mail.com", "A"): ["127.0.0.2"]}
    with name_server(serving(good | {("1.0.0.127.bl.our-mail.com", "A"): ["127.0.0.2"]})) as server:
        settings = {"dqs": {"nameservers": [server]}, "zones": {"office": {"domain": "bl.our-mail.com"}}}
        (bad,) = [one for one in looked_at(settings) if one.name == "zone office"]
    with name_server(serving(good)) as server:
        settings["dqs"] = {"nameservers": [server]}
        (well,) = [one for one in looked_at(settings) if one.name == "zone office"]
    assert (bad.state, well.state) == ("failed", "ok")
    assert "[zones.office]" in bad.hint


def test_without_a_key_the_resolver_is_asked_and_nothing_else() -> None:
    asked: list[tuple[str, str]] = []
    with name_server(serving({}, asked)) as server:
        found = looked(server, key="")
    assert found[f"resolver {server}"].state == "ok"
    assert (found["DQS key"].state, found["DQS key"].seen) == ("skipped", "there is no key: see dqs.key")
    assert set(asked) == {("dq.spamhaus.net", "A")}


def test_a_slow_resolver_is_a_warning() -> None:
    nameserver = Nameserver(str(ip_address("127.0.0.1")))
    slow = dns.judge_resolver(Resolver(nameserver, seconds=SLOW_SECONDS + 0.1))
    assert (slow.state, "nearby" in slow.hint) == ("warning", True)
    assert dns.judge_resolver(Resolver(nameserver, seconds=0.01)).state == "ok"
