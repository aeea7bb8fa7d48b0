"""Whose Authentication-Results are believed, and what they prove (RFC 8601)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.authentication import Authentication, authentication
from trapline.reporter.parsing.message import parse

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


@pytest.mark.parametrize(
    "rest",
    [
        *("", ";", "; spf", "; spf=pass (" + "(" * 5_000, "; x=y=z", "; dkim=pass header.d="),
        "; dkim=pass header.d=bank.com; none",
    ],
)
def test_a_broken_field_of_ours_proves_nothing(rest: str) -> None:
    result = read("mx.ours.com" + rest)
    assert result is None or result.proven == ()


@pytest.mark.parametrize(
    ("field", "proven"),
    [
        ('"mx.ours.com"; dkim=pass header.d=pills.com', ("pills.com",)),
        ("(a note) MX.ours.com (another) 1; dkim=pass header.d=pills.com", ("pills.com",)),
        ("mx.ours.com; dkim=pass (a; dkim=pass header.d=bank.com) header.d=pills.com", ("pills.com",)),
        ('mx.ours.com; dkim=pass reason="; dkim=pass header.d=bank.com" header.d=pills.com', ("pills.com",)),
        ('mx.ours.com; spf=pass smtp.mailfrom="; dkim=pass header.d=bank.com;"@pills.com', ("pills.com",)),
        ('mx.ours.com; spf=pass smtp.mailfrom="bank.com "@pills.com', ("pills.com",)),
        ("mx.ours.com; spf=pass smtp.mailfrom=<bounce@pills.com>", ("pills.com",)),
        ("mx.ours.com; SPF=Pass SMTP.MailFrom=Bounce+a=b=c.com@Pills.com", ("pills.com",)),
        ("mx.ours.com; dkim=pass header.i=@a.pills.com header.b=abc/d+", ("a.pills.com",)),
        ("mx.ours.com;dkim=pass header.d=a.com;dkim=fail header.d=b.com; dkim=pass header.d=c.com", ("a.com", "c.com")),
        ("mx.ours.com; spf=pass smtp.helo=bank.com", ()),
        ("mx.ours.com; spf=pass smtp.mailfrom=bank.com smtp.mailfrom=x@pills.com", ()),
        ("mx.ours.com; none", ()),
    ],
)  # fmt: skip
def test_comments_quotes_and_several_results_are_read_as_they_are_meant(field: str, proven: tuple[str, ...]) -> None:
    result = read(field)
    assert (() if result is None else result.proven) == proven


def test_what_spf_said_of_the_sender_counts_not_what_it_said_of_the_helo() -> None:
    result = read("mx.ours.com; spf=pass smtp.helo=mail.pills.com; spf=fail smtp.mailfrom=bank.com")
    assert result == Authentication(spf="fail")


def test_what_is_no_spf_says_nothing_of_it() -> None:
    found = read("mx.ours.com; iprev=pass smtp.mailfrom=bank.com; dkim=pass header.d=pills.com")
    assert found == Authentication(dkim="pass", dkim_domains=("pills.com",))


def test_spf_proves_no_other_domain_than_that_of_the_sender_whom_we_saw() -> None:
    field = "mx.ours.com; spf=pass smtp.mailfrom=bank.com x@pills.com"  # a filter that leaves quotes away
    message = parse(f"Authentication-Results: {field}\n\n".encode())
    believed = authentication(message, OURS, "bank.com x@pills.com")
    assert believed is not None
    assert believed.proven == ()


@given(
    st.text(alphabet='ab=.;()"@\\ ', max_size=30),
    st.sampled_from(["; dkim=pass header.d=bank.com", " smtp.mailfrom=bank.com", "; dmarc=pass header.from=bank.com"]),
    st.booleans(),
)
def test_what_a_sender_has_quoted_or_commented_in_the_field_proves_nothing(text: str, claim: str, quoted: bool) -> None:
    inside = "".join(f"\\{letter}" if letter in '"\\()' else letter for letter in text + claim)
    given_away = f'smtp.mailfrom="{inside}"@pills.com' if quoted else f"({inside}) smtp.mailfrom=x@pills.com"
    result = read(f"mx.ours.com; spf=pass {given_away}; dkim=fail header.d=pills.com")
    assert result is None or set(result.proven) <= {"pills.com"}


@given(st.text(alphabet='spf=a;() ".@xdkim\\', max_size=80))
def test_no_field_makes_it_raise(rest: str) -> None:
    read(f"mx.ours.com; {rest}".replace("\n", " "))
