"""Signs of forwarders."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.reporter.evidence.forwarding import forwarded, is_rewritten
from trapline.reporter.parsing.message import parse


@pytest.mark.parametrize(
    "sender",
    [
        "SRS0=hash=tt=a.com=b@fwd.com",
        "srs0+hash=tt=a.com=b@fwd.com",
        "SRS1=hash=first.com==hash=tt=a.com=b@fwd.com",
        "bounces+SRS=hash=tt@fwd.com",
        "anna+SRS=hash=tt=a.com=b@tenant.com",
        "prvs=1234abcdef=SRS0=hash=tt=a.com=b@fwd.com",
        "btv1==123abc==SRS0=hash=tt=a.com=b@fwd.com",
        "anna+caf_=trap=ours.com@gmail.com",
    ],
)
def test_a_sender_that_the_relay_made_is_a_sign(sender: str) -> None:
    assert is_rewritten(sender)
    assert forwarded(parse(b"\n"), sender) is not None


@pytest.mark.parametrize(
    "sender",
    [
        "prvs=1234abcdef=news@pills.com",
        "btv1==123abc==news@pills.com",
        "msprvs1=17abc=bounces-1@pills.com",
        "bounce-trap=ours.com@pills.com",
        "srs@pills.com",
        "",
    ],
)
def test_a_senders_own_tag_is_none(sender: str) -> None:
    assert not is_rewritten(sender)
    assert forwarded(parse(b"Subject: x\n\n"), sender) is None


@pytest.mark.parametrize(
    ("field", "sign"),
    [
        (b"ARC-Seal: i=1", "ARC"),
        (b"List-Id: <l.lists.com>", "List-Id"),
        (b"X-Forwarded-For: anna@x.com trap@y.com", "X-Forwarded-For"),
        (b"X-Forwarded-To: trap@y.com", "X-Forwarded-To"),
        (b"Resent-From: anna@x.com", "Resent-From"),
    ],
)
def test_a_field_that_forwarders_write_is_a_sign(field: bytes, sign: str) -> None:
    assert forwarded(parse(field + b"\n\n"), "a@b.com") == sign


def test_a_sender_made_to_be_slow_is_looked_at_at_once() -> None:
    began = time.process_time()
    for sender in ("+caf_=" * 2000, "a@" + "+caf_=" * 2000, "+srs" * 3000, "prvs=" * 3000):
        is_rewritten(sender)
    assert within(1, began)


@given(st.text(max_size=200))
def test_any_sender_can_be_looked_at(sender: str) -> None:
    assert isinstance(is_rewritten(sender), bool)
