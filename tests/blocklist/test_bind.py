"""The zone file for BIND, as named-checkzone accepts it and the DNS reads it.

What a name is answered with is asked of dnspython's copy of the zone by the rules of RFC 4592; the real named is asked
in tests/e2e.
"""

import subprocess
from dataclasses import replace
from pathlib import Path

import dns.name
import dns.rdatatype
import dns.zone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blocklist.entries import (
    ANSWERS,
    STAMP,
    ZONE,
    entry,
    expected,
    interesting,
    lists,
    table,
    v4_networks,
    v6_networks,
)
from tests.servers.processes import program
from tests.servers.served_list import reversed_name
from trapline.blocklist.answers import Answers
from trapline.blocklist.bind import bind
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import written
from trapline.config.blocklist_files import MAX_TEXT_BYTES, Served

REUSED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ORIGIN = dns.name.from_text(ZONE.name)


def content(*entries: Entry, answers: Answers = ANSWERS) -> bytes:
    return b"".join(written(bind(answers, ZONE), table(*entries), STAMP))


def check(path: Path, zone: bytes) -> None:
    """named-checkzone accepts `zone`, and says nothing but that."""
    path.write_bytes(zone)
    done = subprocess.run(
        [program("named-checkzone"), "-i", "full", "-k", "fail", "-n", "fail", "-r", "fail", ZONE.name, str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = f"zone {ZONE.name}/IN: loaded serial {STAMP.serial}\nOK\n"
    assert (done.returncode, done.stdout + done.stderr) == (0, said)


class Dns:
    """A zone as a name server answers from it."""

    def __init__(self, zone: bytes) -> None:
        self.zone = dns.zone.from_text(zone.decode("ascii"), ORIGIN, relativize=False)
        names = [
            dns.name.Name(labels) for labels in {name.labels[at:] for name in self.zone for at in range(len(name))}
        ]
        self._there = set(names)  # empty non-terminals among them

    def ask(self, address: str, kind: str) -> list[str]:
        name = dns.name.from_text(reversed_name(address), ORIGIN)
        if name not in self._there:
            while name not in self._there:
                name = name.parent()
            name = dns.name.Name((b"*", *name.labels))
        records = self.zone.get_rdataset(name, kind)
        return [] if records is None else [str(one) for one in records]

    def codes(self, address: str) -> set[int]:
        return {int(one.rpartition(".")[2]) for one in self.ask(address, "A")}

    def texts(self, address: str) -> list[str]:
        name = dns.name.from_text(reversed_name(address), ORIGIN)
        records = self.zone.get_rdataset(name, dns.rdatatype.TXT)
        return [] if records is None else [b"".join(one.strings).decode("ascii") for one in records]


def test_an_address_has_its_codes_and_a_text_with_the_day() -> None:
    answered = Dns(content(entry("11.0.0.66", label="shop page", repeated=True), entry("11.0.0.67")))
    assert answered.codes("11.0.0.66") == {5, 3}
    assert answered.codes("11.0.0.67") == {2}
    assert answered.codes("11.0.0.68") == set()
    assert answered.texts("11.0.0.66") == ["Spam from 11.0.0.66, last on 2026-11-21"]


def test_a_64_of_ipv6_is_a_wildcard_below_16_nibbles() -> None:
    answered = Dns(content(entry("2001:db8:0:1::/64", repeated=True)))
    assert answered.codes("2001:db8:0:1:ffff::25") == {2, 3}
    assert answered.ask("2001:db8:0:1::25", "TXT") == ['"Spam from 2001:db8:0:1::/64, last on 2026-11-21"']
    assert answered.codes("2001:db8:0:2::25") == set()


def test_the_test_points_of_rfc_5782() -> None:
    """Also where the list itself would cover them."""
    for more in ([], [entry("126.0.0.0/7"), entry("127.0.0.0/24"), entry("127.0.0.1"), entry("::/64"), entry("::/3")]):
        answered = Dns(content(*more))
        assert answered.codes("127.0.0.2") == {2}
        assert answered.codes("::ffff:127.0.0.2") == {2}
        assert answered.codes("127.0.0.1") == set()
        assert answered.codes("::ffff:127.0.0.1") == set()


def test_negative_answers_are_kept_shortly_and_so_are_listings() -> None:
    zone = Dns(content(entry("11.0.0.66"))).zone
    soa = zone.get_rdataset(ORIGIN, "SOA")
    assert soa is not None
    assert (soa.ttl, soa[0].minimum, soa[0].serial) == (10, 10, STAMP.serial)
    assert (str(soa[0].mname), str(soa[0].rname)) == ("ns1.example.com.", "hostmaster.example.com.")
    records = zone.get_rdataset(dns.name.from_text("66.0.0.11", ORIGIN), "A")
    assert records is not None
    assert records.ttl == 60


@REUSED
@given(lists(v4_networks()), lists(v6_networks()))
def test_whatever_is_nested_the_narrowest_entry_answers_and_nothing_is_complained_of(
    tmp_path: Path, v4: list[Entry], v6: list[Entry]
) -> None:
    zone = content(*v4, *v6)
    check(tmp_path / "zone", zone)
    answered = Dns(zone)
    for some in (v4, v6):
        for address in interesting(some):
            assert answered.codes(str(address)) == expected(some, address), address


@REUSED
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=200))
def test_any_explanation_arrives_as_it_is_written(tmp_path: Path, text: str) -> None:
    r"""Whatever is in it that means something in a zone file: `"`, `\`, `;`, `$`, `@`, parentheses."""
    explanation = text.strip().replace("{", "{{").replace("}", "}}") or "x"
    answers = replace(ANSWERS, explanation=Served(explanation=explanation).explanation)
    zone = content(entry("11.0.0.66"), answers=answers)
    check(tmp_path / "zone", zone)
    assert Dns(zone).texts("11.0.0.66") == [text.strip() or "x"]


def test_the_longest_text_that_can_be_configured_fits_a_string(tmp_path: Path) -> None:
    length = MAX_TEXT_BYTES - len("2001:db80:aaaa:bbbb:cccc:dddd:eeee:ffff2026-12-31 23:59 UTC")
    answers = Answers(2, 3, {}, '"' * length + "{address}{day}", minutes=True)
    check(tmp_path / "zone", content(entry("2001:db80:aaaa:bbbb::/64"), answers=answers))
