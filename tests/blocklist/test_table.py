"""The packed list: what is put in comes out, changes and expiry touch what they are about and nothing else."""

from ipaddress import IPv4Network, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blocklist.entries import entry, lists, table, v4_networks, v6_networks
from trapline.blocklist.entry import Entry
from trapline.blocklist.stretches import HOSTS, VERSIONS, wider_first
from trapline.blocklist.table import BLOCK_ENTRIES, Table
from trapline.config.networks import Network

NUMBER = 5 * BLOCK_ENTRIES


def many() -> list[Entry]:
    return [entry(IPv4Network(((11 << 24) + 7 * number, 32))) for number in range(NUMBER)]


def blocks(of: Table) -> list[object]:
    return [piece.block for piece in of.pieces(4)]


@given(lists(v4_networks()), lists(v6_networks()))
def test_a_table_holds_what_it_was_made_of(v4: list[Entry], v6: list[Entry]) -> None:
    assert set(table(*v4, *v6).entries()) >= {one for one in (*v4, *v6) if one.network.prefixlen > 8}


@given(lists(v4_networks()), lists(v4_networks()), st.data())
def test_a_changed_table_is_the_same_as_one_made_anew(
    before: list[Entry], after: list[Entry], data: st.DataObject
) -> None:
    """Whatever changes to what, and in however many steps."""
    changes: dict[Network, Entry | None] = {one.network: None for one in before} | {one.network: one for one in after}
    order = data.draw(st.permutations(list(changes)))
    changed = table(*before)
    for step in (order[: len(order) // 2], order[len(order) // 2 :]):
        changed.apply({network: changes[network] for network in step})
    assert list(changed.entries()) == list(table(*after).entries())


def test_a_change_leaves_the_other_blocks_as_they_are() -> None:
    of = table(*many())
    before = blocks(of)
    new = entry("11.0.0.1")
    assert of.apply({new.network: new})
    assert len(set(blocks(of)) - set(before)) == 1
    assert new in set(of.entries())


def test_what_is_as_it_was_is_no_change() -> None:
    of = table(*many(), entry("11.0.0.0/24"))
    again = [entry("11.0.0.0/24"), entry("11.0.0.7")]
    assert not of.apply({one.network: one for one in again} | {ip_network("11.200.0.1"): None})


def test_the_pieces_cover_every_address_there_can_be_once() -> None:
    for of in (table(), table(*many())):
        for version in VERSIONS:
            pieces = list(of.pieces(version))
            assert pieces[0].first == 0
            assert pieces[-1].last == HOSTS[version] - 1
            assert all(one.last + 1 == next_.first for one, next_ in pairwise(pieces))


def test_a_block_that_grows_is_cut() -> None:
    of = table()
    for number in range(0, NUMBER, 100):
        of.apply({one.network: one for one in many()[number : number + 100]})
    assert len(of) == NUMBER
    assert max(piece.block.count for piece in of.pieces(4) if piece.block) < 2 * BLOCK_ENTRIES


def test_loopback_is_never_served_though_the_list_covers_it() -> None:
    of = table(entry("127.0.0.2"), entry("126.0.0.0/7"), entry("::/64"))
    assert [str(one.network) for one in of.networks(4)] == ["126.0.0.0/8"]
    assert [one for one in of.entries() if one.network.prefixlen == 32 or one.network.version == 6] == []


def test_of_ipv6_nothing_smaller_than_a_64_is_kept() -> None:
    of = table(entry("2001:db8::25/128"))
    assert [str(one.network) for one in of.entries()] == ["2001:db8::/64"]


def test_entries_out_of_order_are_a_defect_of_the_store() -> None:
    wrong = sorted(many(), key=wider_first, reverse=True)
    with pytest.raises(ValueError, match="in the order of their networks"):
        Table(wrong)
