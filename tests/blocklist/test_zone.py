"""The zone's serials."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blocklist.entries import ANSWERS, NOON, ZONE, table
from trapline.blocklist.bind import bind
from trapline.blocklist.formats import Format, Stamp, written
from trapline.blocklist.rbldnsd import rbldnsd
from trapline.blocklist.zone import Zone, later, next_serial, serial_of
from trapline.config.blocklist_files import DnsZone


def grows(before: int, after: int) -> bool:
    """As a secondary server sees it (RFC 1982, 3.2)."""
    return 0 < (after - before) % 2**32 < 2**31


def test_the_first_serial_is_the_time() -> None:
    assert next_serial(None, NOON) == int(NOON.timestamp())


def test_of_two_writings_in_a_second_the_second_has_the_greater_serial() -> None:
    first = next_serial(None, NOON)
    assert next_serial(first, NOON) == first + 1


def test_a_clock_that_was_set_back_leads_no_serial_back() -> None:
    first = next_serial(None, NOON)
    assert next_serial(first, NOON - timedelta(days=400)) == first + 1


@given(st.integers(1, 2**32 - 1), st.datetimes().map(lambda moment: moment.replace(year=2000 + moment.year % 100)))
def test_a_serial_always_grows_and_is_never_zero(before: int, moment: object) -> None:
    after = next_serial(before, moment.replace(tzinfo=NOON.tzinfo))  # type: ignore[attr-defined]
    assert grows(before, after)
    assert after


def test_the_later_of_two_serials_counts_past_the_greatest_number() -> None:
    assert later(2**32 - 1, 5) == 5
    assert later(5, None) == 5
    assert later(None, None) is None


def test_a_dot_in_the_hostmasters_local_part_is_no_label() -> None:
    zone = DnsZone(name="bl.example.com", nameservers=("ns1.example.com",), hostmaster="anna.b@example.com")
    assert Zone.configured(zone).mailbox == r"anna\.b.example.com."


@pytest.mark.parametrize("serial", [1, 2**32 - 1])
@pytest.mark.parametrize("form", [bind(ANSWERS, ZONE), rbldnsd(ANSWERS, ZONE)])
def test_the_serial_of_a_file_of_ours_can_be_read_back(serial: int, form: Format) -> None:
    zone = b"".join(written(form, table(), Stamp(serial, NOON)))
    assert serial_of(zone[:1000]) == serial


@pytest.mark.parametrize("head", [b"", b"@ IN SOA\n", b"@ IN SOA a. b. x 1 1 1\n", b"$TTL 5\n"])
def test_what_is_no_zone_of_ours_has_no_serial(head: bytes) -> None:
    assert serial_of(head) is None
