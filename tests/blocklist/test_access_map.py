"""The map for check_client_access, as postmap loads it and Postfix looks an address up."""

import re
import subprocess
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.blocklist.entries import (
    ANSWERS,
    STAMP,
    entry,
    interesting,
    lists,
    table,
    v4_networks,
    v6_networks,
)
from tests.servers.processes import program
from trapline.blocklist.access_map import access_map, second_keys
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import written
from trapline.reporter.listing.postmap import Postmap

REUSED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def content(*entries: Entry) -> bytes:
    return b"".join(written(access_map(ANSWERS), table(*entries), STAMP))


def lookups(address: str) -> list[str]:
    """What Postfix looks up, one after another (smtpd_check.c, check_addr_access)."""
    text = str(ip_address(address))
    keys = [text]
    while (at := text.rfind(":" if ":" in text else ".")) >= 0:
        text = text[:at]
        keys.append(text)
    return keys


def answers(content: bytes) -> dict[str, str]:
    """The map, with the second keys: of one that is there twice, the first counts (postmap -w)."""
    found: dict[str, str] = {}
    for line in (*content.splitlines(), *second_keys(content)):
        if not line.startswith(b"#"):
            key, _, answer = line.decode("ascii").rstrip("\n").partition("\t")
            found.setdefault(key, answer)
    return found


def looked_up(database: str, address: str) -> str:
    """What Postfix would find, by the real postmap; "" where there is nothing."""
    keys = "".join(f"{key}\n" for key in lookups(address))
    query = [program("postmap"), "-q", "-", database]
    done = subprocess.run(query, input=keys, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or [""])[0].partition("\t")[2]


def answer(found: dict[str, str], address: str) -> str | None:
    return next((found[key] for key in lookups(address) if key in found), None)


def test_postmap_loads_it_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    networks = (
        "11.0.0.66",
        "11.0.7.0/24",
        "11.0.7.5",
        "11.0.9.0/25",
        "2001:db8:1:2::/64",
        "2001:db8:1::/64",
        "2001::/48",
    )
    path.write_bytes(content(*(entry(network) for network in networks)))
    done = subprocess.run([program("postmap"), f"hash:{path}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_database_answers_for_what_postfix_looks_up(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    listed = [entry("11.0.0.66"), entry("11.0.7.0/24", repeated=True), entry("11.0.7.5"), entry("2001:db8:1:2::/64")]
    beside = tmp_path / ".clients.new"
    beside.write_bytes(content(*listed, entry("2001:db8:9::/48"), entry("2001:db8:5::/64")))
    Postmap().make(beside, path)
    asked = partial(looked_up, f"hash:{path}")
    assert asked("11.0.0.66") == "450 4.7.1 Spam from 11.0.0.66, last on 2026-11-21"
    assert asked("11.0.0.67") == ""
    assert asked("11.0.7.9") == "550 5.7.1 Spam from 11.0.7.0/24, last on 2026-11-21"
    assert asked("11.0.7.5").startswith("450 4.7.1 Spam from 11.0.7.5,")
    assert asked("2001:db8:1:2::25").startswith("450 4.7.1 Spam from 2001:db8:1:2::/64,")
    assert asked("2001:db8:9::25").startswith("450 4.7.1 Spam from 2001:db8:9::/48,")
    assert asked("2001:db8:5::25").startswith("450 4.7.1 Spam from 2001:db8:5::/64,")
    assert asked("2001:db8:5:0:1::25").startswith("450 4.7.1 Spam from 2001:db8:5::/64,")
    assert asked("2001:db8:1:3::25") == ""


def test_a_64_that_ends_in_zeros_is_found_however_its_addresses_are_written() -> None:
    found = answers(content(entry("2001:db8:1::/64"), entry("2001:db8::/64")))
    for address in ("2001:db8:1::25", "2001:db8:1:0:1::", "2001:db8:1:0:a:b:c:d", "2001:db8::25", "2001:db8::a:b:c:d"):
        assert answer(found, address), address
    for address in ("2001:db8:1:1::25", "2001:db8:2::25", "2001:db8:0:1::25", "2001:db8:0:1:a:b:c:d"):
        assert answer(found, address) is None, address


@REUSED
@given(lists(v4_networks()))
def test_of_nested_networks_the_narrowest_entry_answers(entries: list[Entry]) -> None:
    found = answers(content(*entries))
    for address in interesting(entries):
        holding = [one for one in entries if address in one.network]
        narrowest = max(holding, key=lambda one: one.network.prefixlen, default=None)
        code = None if narrowest is None else "550" if narrowest.repeated else "450"
        told = answer(found, str(address))
        assert (told and told[:3]) == code, address


@REUSED
@given(lists(v6_networks().filter(lambda network: network.prefixlen in {64, 63, 61, 56, 48, 47})))
def test_no_ipv6_address_is_refused_that_no_entry_holds(entries: list[Entry]) -> None:
    """And none is missed, of networks without two zeros in a row before their last ones."""
    found = answers(content(*entries))
    for address in interesting(entries):
        holding = [one for one in entries if address in one.network]
        narrowest = max(holding, key=lambda one: one.network.prefixlen, default=None)
        code = None if narrowest is None else "550" if narrowest.repeated else "450"
        told = answer(found, str(address))
        assert (told and told[:3]) == code, address


def test_each_line_is_a_key_and_one_answer() -> None:
    lines = content(entry("11.0.0.66"), entry("2001:db8:1:2::/64", repeated=True)).decode("ascii").splitlines()
    assert all(re.fullmatch(r"\S+\t[45]50 [45]\.7\.1 [ -~]+", line) for line in lines[1:])
