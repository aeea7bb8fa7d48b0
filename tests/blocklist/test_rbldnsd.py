"""The file for rbldnsd, as the real rbldnsd answers from it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.blocklist.entries import (
    ANSWERS,
    NOON,
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
from tests.servers.served_list import ServedList
from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import written
from trapline.blocklist.rbldnsd import rbldnsd
from trapline.config.blocklist_files import MAX_TEXT_BYTES, Served

REUSED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def content(*entries: Entry, answers: Answers = ANSWERS) -> bytes:
    return b"".join(written(rbldnsd(answers, ZONE), table(*entries), STAMP))


@pytest.fixture(scope="module")
def server() -> Iterator[ServedList]:
    with ServedList(ZONE.name, content()) as running:
        yield running


def test_an_address_has_the_code_of_its_last_label_and_a_text_with_the_day(server: ServedList) -> None:
    server.replace(content(entry("11.0.0.66", label="shop page"), entry("11.0.0.67")))
    assert server.codes("11.0.0.66") == {5}
    assert server.codes("11.0.0.67") == {2}
    assert server.codes("11.0.0.68") == set()
    assert server.texts("11.0.0.66") == ["Spam from 11.0.0.66, last on 2026-11-21"]


def test_a_repeated_entry_has_one_more_code_and_one_text(server: ServedList) -> None:
    server.replace(content(entry("11.0.0.66", repeated=True), entry("2001:db8:0:1::/64", repeated=True)))
    for address in ("11.0.0.66", "2001:db8:0:1::25"):
        assert server.codes(address) == {2, 3}
        assert server.texts(address) == [f"Spam from {address}, last on 2026-11-21"]


def test_an_ipv6_client_is_listed_by_its_64(server: ServedList) -> None:
    server.replace(content(entry("2001:db8:0:1::/64")))
    assert server.codes("2001:db8:0:1:ffff::25") == {2}
    assert server.codes("2001:db8:0:2::25") == set()


def test_the_test_points_of_rfc_5782(server: ServedList) -> None:
    """Also where the list itself would cover them."""
    for more in ([], [entry("126.0.0.0/7"), entry("127.0.0.0/8"), entry("127.0.0.1"), entry("::/64"), entry("::/3")]):
        server.replace(content(*more))
        assert server.codes("127.0.0.2") == {2}
        assert server.codes("::ffff:127.0.0.2") == {2}
        assert server.codes("127.0.0.1") == set()
        assert server.codes("::ffff:127.0.0.1") == set()


def test_negative_answers_are_kept_shortly_and_so_are_listings(server: ServedList) -> None:
    server.replace(content(entry("11.0.0.66")))
    soa = server.response("67.0.0.11", "A").authority[0]
    assert (soa.ttl, soa[0].minimum, soa[0].serial) == (10, 10, STAMP.serial)
    assert (str(soa[0].mname), str(soa[0].rname)) == ("ns1.example.com.", "hostmaster.example.com.")
    assert server.response("66.0.0.11", "A").answer[0].ttl == 60
    assert str(server.response("", "NS").answer[0][0]) == "ns1.example.com."


@REUSED
@given(lists(v4_networks()), lists(v6_networks()))
def test_whatever_is_nested_the_narrowest_entry_answers_and_nothing_is_complained_of(
    server: ServedList, v4: list[Entry], v6: list[Entry]
) -> None:
    server.replace(content(*v4, *v6))
    for some in (v4, v6):
        for address in interesting(some):
            assert server.codes(str(address)) == expected(some, address), address
    assert server.complaints() == []


@REUSED
@example("= at the start")
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=200))
def test_any_explanation_arrives_as_it_is_written(server: ServedList, text: str) -> None:
    """Whatever is in it that means something to rbldnsd: `$`, `#`, `:`, `=`, quotes."""
    explanation = text.strip().replace("{", "{{").replace("}", "}}") or "x"
    answers = replace(ANSWERS, explanation=Served(explanation=explanation).explanation)
    server.replace(content(entry("11.0.0.66"), entry("2001:db8::/64"), answers=answers))
    assert server.texts("11.0.0.66") == [text.strip() or "x"]
    assert server.texts("2001:db8::25") == [text.strip() or "x"]
    assert server.complaints() == []


@pytest.mark.parametrize("behind", ["2", "$", "="])
def test_what_follows_the_address_is_not_taken_for_a_variable(server: ServedList, behind: str) -> None:
    answers = replace(ANSWERS, explanation="from {address}" + behind)
    server.replace(content(entry("11.0.0.66"), answers=answers))
    assert server.texts("11.0.0.66") == [f"from 11.0.0.66{behind}"]


def test_the_longest_text_that_can_be_configured_is_not_cut(server: ServedList) -> None:
    length = MAX_TEXT_BYTES - len("2001:db80:aaaa:bbbb:cccc:dddd:eeee:ffff2026-12-31 23:59 UTC")
    answers = Answers(2, 3, {}, "x" * (length - 1) + "{address} {day}", minutes=True)
    server.replace(content(entry("2001:db80:aaaa:bbbb::/64"), answers=answers))
    assert server.texts("2001:db80:aaaa:bbbb:cccc:dddd:eeee:ffff") == [
        f"{'x' * (length - 1)}2001:db80:aaaa:bbbb:cccc:dddd:eeee:ffff {NOON:%Y-%m-%d %H:%M} UTC"
    ]
    assert server.complaints() == []
