"""The domains of addresses, not of the names beside them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.reporter.evidence.addresses import addresses


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (b"Anna <anna@Pills.com>", ["anna@pills.com"]),
        (b"anna@pills.com", ["anna@pills.com"]),
        (b'"help@bank.com" <anna@pills.com>', ["anna@pills.com"]),
        (b"help@bank.com <anna@pills.com>", ["anna@pills.com"]),
        (b"anna@pills.com (help@bank.com)", ["anna@pills.com"]),
        (b"=?utf-8?q?help=40bank.com?= <anna@pills.com>", ["anna@pills.com"]),
        (b"Anna <anna@pills.com>, Ben <ben@b\xc3\xbccher.com>", ["anna@pills.com", "ben@xn--bcher-kva.com"]),
        (b"undisclosed-recipients:;", []),
        (b"<>", []),
    ],
)
def test_only_what_stands_where_an_address_stands_counts(field: bytes, found: list[str]) -> None:
    assert [str(one) for one in addresses(field)] == found


@pytest.mark.parametrize("field", [b'"\\' * 50_000, b"<a@" * 50_000, b"(" * 100_000, b"a@" * 50_000])
def test_hostile_fields_are_bounded(field: bytes) -> None:
    assert len(addresses(field)) <= 100


@given(st.binary(max_size=100))
def test_no_bytes_make_it_raise(field: bytes) -> None:
    addresses(field)


@pytest.mark.parametrize("raw", [b"<" + b"@" * 10_000, b"a" * 10_000, b'"' + b'\\"' * 5_000, b"(" * 10_000])
def test_what_is_made_to_be_slow_is_not(raw: bytes) -> None:
    began = time.process_time()
    for _ in range(5):
        assert addresses(raw) == ()
    assert within(0.5, began)  # it takes 0.1 s at the most; with unbounded repetitions 1.2 s
