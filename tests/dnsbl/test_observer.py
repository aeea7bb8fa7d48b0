"""Outcomes by name: a bounded set, whatever a zone, a resolver or the system said."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.dqs import Dqs
from trapline.dnsbl import codes
from trapline.dnsbl.findings import Listed, NotListed, Unknown
from trapline.dnsbl.observer import RESULTS, result
from trapline.dnsbl.zones import Question, zones

ZEN = zones(Dqs(), "k" * 26)["zen"]
ASKED = Question("zen", "11.0.0.1")


def test_answers_have_their_names() -> None:
    assert result(Listed("zen", "11.0.0.1", ("127.0.0.2",))) == "listed"
    assert result(NotListed("zen", "11.0.0.1")) == "not_listed"


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("127.255.255.250", "bad_key"),
        ("127.255.255.251", "bad_key"),
        ("127.255.255.252", "no_such_zone"),
        ("127.255.255.254", "public_resolver"),
        ("127.255.255.255", "too_many_queries"),
        ("11.0.0.1", "rewritten"),
    ],
)
def test_an_error_of_the_zone_has_a_name(answer: str, name: str) -> None:
    assert result(codes.finding(ASKED, ZEN, (answer,), 60)) == name


@pytest.mark.parametrize(
    ("why", "name"),
    [
        ("timeout", "timeout"),
        ("SERVFAIL from 127.0.0.1", "servfail"),
        ("REFUSED from 127.0.0.1", "refused"),
        ("a lame answer from 127.0.0.1", "lame"),
        (f"{os.strerror(errno.ECONNREFUSED)} from 127.0.0.1", "unreachable"),
        (f"{os.strerror(errno.EHOSTUNREACH)} from 127.0.0.1", "unreachable"),
        (f"{os.strerror(errno.ENETUNREACH)} from 127.0.0.1", "unreachable"),
        ("no resolver answers, and each is left alone for a while", "no_resolver"),
        ("too many lookups under way", "overload"),
        ("rcode 9 from 127.0.0.1", "other"),
    ],
)
def test_a_failure_of_the_resolver_has_a_name(why: str, name: str) -> None:
    assert result(Unknown("zen", "11.0.0.1", why)) == name


@given(st.text())
def test_nothing_that_is_said_makes_a_name_of_its_own(why: str) -> None:
    assert result(Unknown("zen", "11.0.0.1", why)) in RESULTS
