"""Whether a message says that it is a list's or newsletter's, and who signed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.mailing import MAX_SIGNATURES, Mailing, claimed_signers, mailing
from trapline.reporter.parsing.message import parse


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("List-Id: News <News.pills-now.com>", Mailing("List-Id", "news.pills-now.com")),
        ('List-Id: "<a> of b" <news.pills-now.com>', Mailing("List-Id", "news.pills-now.com")),
        ("List-Id: news.pills-now.com", Mailing("List-Id")),
        ("LIST-UNSUBSCRIBE: <mailto:leave@pills-now.com>", Mailing("List-Unsubscribe")),
        ("List-Post: <mailto:news@pills-now.com>", None),
        ("X-List-Id: news", None),
    ],
)
def test_a_mailing_is_known_by_its_own_fields(field: str, found: Mailing | None) -> None:
    assert mailing(parse(f"{field}\n\ntext\n".encode())) == found


@pytest.mark.parametrize(
    ("value", "signers"),
    [
        ("v=1; d=Pills-Now.com; s=one", ("pills-now.com",)),
        ("d = pills-now.com", ("pills-now.com",)),
        ("v=1;\r\n d=pills-now.com", ("pills-now.com",)),
        ("v=1; bh=d=other.com; s=one", ()),  # the end of another tag's value
        ("v=1; d=11.2.3.4", ()),
        ("d=", ()),
    ],
)
def test_who_signed_is_told_by_the_tag_d(value: str, signers: tuple[str, ...]) -> None:
    assert claimed_signers(parse(f"DKIM-Signature: {value}\n\ntext\n".encode())) == signers


def test_so_many_signatures_are_read_and_no_more() -> None:
    fields = "".join(f"DKIM-Signature: d=pills{number}.com\n" for number in range(50))
    assert len(claimed_signers(parse(f"{fields}\ntext\n".encode()))) == MAX_SIGNATURES


@given(st.binary(max_size=200))
def test_any_bytes_can_be_asked(value: bytes) -> None:
    message = parse(b"DKIM-Signature: " + value + b"\nList-Id: " + value + b"\n\n")
    claimed_signers(message)
    mailing(message)
