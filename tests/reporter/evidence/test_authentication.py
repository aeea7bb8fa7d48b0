"""Whose Authentication-Results are believed, and what they prove (RFC 8601)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.authentication import Authentication, authentication
from trapline.reporter.message import parse

OURS = ("mx.ours.com",)
FULL = (
    "mx.ours.com; spf=pass (ok) smtp.mailfrom=bounce@mail.pills.com; dkim=fail header.d=bank.com;\n"
    " dkim=pass (2048-bit; good) header.d=pills.com header.i=@pills.com; dmarc=pass header.from=pills.com"
)


def read(*fields: str) -> Authentication | None:
    return authentication(parse("".join(f"Authentication-Results: {one}\n" for one in fields).encode() + b"\n"), OURS)


def test_our_servers_results_are_read() -> None:
    assert read(FULL) == Authentication(
        spf="pass",
        dkim="pass",
        dmarc="pass",
        spf_domain="mail.pills.com",
        dkim_domains=("pills.com",),
        dmarc_domain="pills.com",
    )


def test_a_field_that_the_sender_wrote_is_not_believed() -> None:
    assert read(FULL.replace("mx.ours.com", "mx.pills.com")) is None


def test_of_several_of_ours_the_topmost_counts() -> None:
    result = read("mx.pills.com; spf=pass smtp.mailfrom=a.com", "mx.ours.com; spf=fail smtp.mailfrom=b.com", FULL)
    assert result == Authentication(spf="fail")


def test_without_a_configured_name_nothing_is_believed() -> None:
    assert authentication(parse(b"Authentication-Results: mx.ours.com; spf=pass smtp.mailfrom=a.com\n\n"), ()) is None


def test_a_failed_check_proves_no_domain() -> None:
    result = read("mx.ours.com; spf=softfail smtp.mailfrom=a.com; dkim=fail header.d=b.com")
    assert result is not None
    assert result.proven == ()


def test_a_raw_signature_proves_nothing() -> None:
    assert authentication(parse(b"DKIM-Signature: v=1; d=bank.com\nReceived-SPF: pass\n\n"), OURS) is None


def test_alignment_is_by_registered_domain() -> None:
    auth = Authentication(spf="pass", spf_domain="bounce.pills.co.uk")
    assert auth.covers("pills.co.uk")
    assert auth.covers("shop.pills.co.uk")
    assert not auth.covers("other.co.uk")


@pytest.mark.parametrize("rest", ["", ";", "; spf", "; spf=pass (" + "(" * 5_000, "; x=y=z", "; dkim=pass header.d="])
def test_a_broken_field_of_ours_proves_nothing(rest: str) -> None:
    result = read("mx.ours.com" + rest)
    assert result is None or result.proven == ()


@given(st.text(alphabet='spf=a;() ".@xdkim\\', max_size=80))
def test_no_field_makes_it_raise(rest: str) -> None:
    read(f"mx.ours.com; {rest}".replace("\n", " "))
