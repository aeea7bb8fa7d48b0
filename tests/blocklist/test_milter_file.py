"""The file that the milter reads itself: what is written is what is read, and nothing else is believed."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blocklist.entries import ANSWERS, STAMP, entry, table
from trapline.blocklist.milter_file import Row, content, order, row
from trapline.blocklist.milter_ranges import MilterFile
from trapline.blocklist.table import BLOCK_ENTRIES
from trapline.config.names import IpAddress
from trapline.config.networks import Network
from trapline.dnsbl import blockfile
from trapline.dnsbl.blockfile import Blockfile, BlockfileError, Entry

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=24)


def written(tmp_path: Path, *rows: Row) -> Path:
    path = tmp_path / "milter.bl"
    path.write_bytes(content(sorted(rows, key=order), NOW))
    return path


def read(path: Path) -> Blockfile:
    return blockfile.read(path, pause=lambda _seconds: None)


def listed(network: str, expires: datetime | None = LATER, code: int = 2, *, repeated: bool = False) -> Row:
    return row(ip_network(network), expires, code, repeated=repeated)


def found(file: Blockfile, address: str, at: datetime = NOW) -> Entry | None:
    key = blockfile.key(ip_address(address))
    return None if key is None else file.find(key, at.timestamp())


def test_an_address_is_found_with_its_code_until_it_expires(tmp_path: Path) -> None:
    file = read(written(tmp_path, listed("11.0.0.66/32", LATER, 4)))
    assert found(file, "11.0.0.66") == Entry(4, repeated=False)
    assert found(file, "11.0.0.66", LATER - timedelta(seconds=1)) is not None
    assert found(file, "11.0.0.66", LATER) is None
    assert found(file, "11.0.0.65") is None
    assert found(file, "11.0.0.67") is None


def test_an_entry_without_an_expiry_stays_and_a_repeated_one_is_told_apart(tmp_path: Path) -> None:
    file = read(written(tmp_path, listed("11.0.0.0/24", None, repeated=True)))
    assert found(file, "11.0.0.255", NOW + timedelta(days=3650)) == Entry(2, repeated=True)


def test_ipv6_is_listed_by_its_64_and_an_address_that_carries_an_ipv4_one_by_that(tmp_path: Path) -> None:
    file = read(written(tmp_path, listed("2a00:1:2:3::/64"), listed("11.0.0.66/32")))
    assert found(file, "2a00:1:2:3:ffff::25") is not None
    assert found(file, "2a00:1:2:4::25") is None
    assert found(file, "::ffff:11.0.0.66") is not None


def test_the_smaller_of_nested_networks_counts(tmp_path: Path) -> None:
    file = read(written(tmp_path, listed("11.0.0.0/8", code=9), listed("11.0.0.0/32", code=4), listed("11.1.0.0/16")))
    codes = [
        (found(file, address) or Entry(0, repeated=False)).code for address in ("11.0.0.0", "11.0.0.1", "11.1.9.9")
    ]
    assert codes == [4, 9, 2]


def test_an_address_whose_own_time_is_over_is_still_listed_by_the_network_around_it(tmp_path: Path) -> None:
    """Also where nobody writes the file anew."""
    networks = listed("11.0.0.0/16"), listed("11.0.7.0/24", None, 9, repeated=True), listed("11.0.7.5/32", LATER, 4)
    file = read(written(tmp_path, *networks))
    assert found(file, "11.0.7.5", LATER) == Entry(4, repeated=False)
    assert found(file, "11.0.8.5", LATER) is None


def test_so_it_is_where_both_networks_reach_beyond_what_is_written_in_one_go(tmp_path: Path) -> None:
    hosts = [entry(f"11.0.{number // 128}.{number % 128 * 2}") for number in range(8 * BLOCK_ENTRIES)]
    path = tmp_path / "milter.bl"
    MilterFile(path, ANSWERS, 0o600).update(
        table(entry("11.0.0.0/15", expires=None), entry("11.0.0.0/16", repeated=True), *hosts), STAMP
    )
    for address in ("11.0.8.1", "11.0.8.2", "11.0.99.1"):
        assert found(read(path), address, NOW + timedelta(days=9)) is not None, address


def test_of_two_entries_for_one_network_the_repeated_one_counts(tmp_path: Path) -> None:
    file = read(written(tmp_path, listed("2a00::1/128", None), listed("2a00::2/128", repeated=True)))
    assert found(file, "2a00::5") == Entry(2, repeated=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "10.0.0.1", "::1", "fe80::1", "192.168.1.1"])
def test_no_private_or_reserved_address_can_be_listed(tmp_path: Path, address: str) -> None:
    everything = listed("0.0.0.0/0", None), listed("::/0", None)
    assert found(read(written(tmp_path, *everything)), address) is None


def test_a_file_without_entries_lists_nobody(tmp_path: Path) -> None:
    file = read(written(tmp_path))
    assert len(file) == 0
    assert found(file, "11.0.0.66") is None
    assert file.written == NOW.timestamp()


def test_rows_that_are_not_sorted_are_refused() -> None:
    with pytest.raises(ValueError, match="not in order"):
        content([listed("11.0.0.9/32"), listed("11.0.0.8/32")], NOW)


@pytest.mark.parametrize("length", [0, 7, 12, 27, 41])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    path = written(tmp_path, listed("11.0.0.66/32"))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BlockfileError, match=r"milter\.bl"):
        read(path)


def test_a_file_that_goes_on_after_its_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, listed("11.0.0.66/32"))
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BlockfileError, match="header tells"):
        read(path)


@given(st.integers(0, 69), st.integers(1, 255))
def test_one_wrong_byte_anywhere_and_the_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.bl"
    whole = bytearray(content([listed("11.0.0.66/32"), listed("11.0.0.67/32"), listed("11.0.0.68/32")], NOW))
    assert len(whole) == 70
    whole[place] ^= change
    path.write_bytes(whole)
    with pytest.raises(BlockfileError):
        read(path)


def test_ranges_that_overlap_are_refused_though_the_checksum_is_right(tmp_path: Path) -> None:
    path = written(tmp_path, listed("11.0.0.66/32"), listed("11.0.0.67/32"))
    body = bytearray(path.read_bytes()[12:])
    body[16:20] = struct.pack("<I", int(IPv4Address("11.0.0.67")))
    path.write_bytes(b"TRAPLBL1" + struct.pack("<I", zlib.crc32(body)) + body)
    with pytest.raises(BlockfileError, match="not in order"):
        read(path)


def test_a_header_that_asks_for_much_memory_gets_none(tmp_path: Path) -> None:
    path = tmp_path / "milter.bl"
    path.write_bytes(b"TRAPLBL1" + struct.pack("<IQII", 0, 0, 2**32 - 1, 2**32 - 1))
    with pytest.raises(BlockfileError, match="which is more than"):
        read(path)


def test_a_folder_in_its_place_is_refused_and_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BlockfileError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "milter.bl")


NETWORKS = st.one_of(
    st.builds(
        lambda number, bits: ip_network((number, 32 - bits), strict=False),
        st.integers(0x0B000000, 0x0B0000FF),
        st.integers(0, 9),
    ),
    st.builds(
        lambda number, bits: ip_network((number << 64, 64 - bits), strict=False),
        st.integers(0x2A00_0000_0000_0000, 0x2A00_0000_0000_00FF),
        st.integers(0, 9),
    ),
)
SOME = st.dictionaries(NETWORKS, st.tuples(st.sampled_from([None, NOW, LATER]), st.integers(2, 254), st.booleans()))
ADDRESSES = st.one_of(
    st.builds(IPv4Address, st.integers(0x0AFFFE00, 0x0B0003FF)),
    st.builds(lambda number: IPv6Address(number << 64 | 1), st.integers(0x29FF_FFFF_FFFF_FF00, 0x2A00_0000_0000_03FF)),
)


@given(SOME, st.lists(ADDRESSES, min_size=1))
def test_the_smallest_network_that_holds_an_address_answers_for_as_long_as_any_does(
    tmp_path_factory: pytest.TempPathFactory,
    entries: dict[Network, tuple[datetime | None, int, bool]],
    addresses: list[IpAddress],
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bl"
    rows = (row(network, expires, code, repeated=again) for network, (expires, code, again) in entries.items())
    path.write_bytes(content(sorted(rows, key=order), NOW))
    file = read(path)
    for address in addresses:
        around = [network for network in entries if network.version == address.version and address in network]
        expected = None
        if around:
            _, code, again = entries[max(around, key=lambda network: network.prefixlen)]
            ends = [entries[network][0] for network in around]
            expected = Entry(code, again) if any(end is None or end > NOW for end in ends) else None
        assert found(file, str(address)) == (expected if blockfile.key(address) else None)
