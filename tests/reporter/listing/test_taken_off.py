"""Who became one of ours, and what is listed while nobody is to be: neither is served any longer."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, NOON, Place
from tests.reporter.listing.listed import a_kept
from trapline.reporter.listing import rows
from trapline.reporter.listing.changes import all_listed
from trapline.reporter.listing.ours import take_off
from trapline.reporter.storage.store import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list"


def served(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


@pytest.fixture
def listing(place: Place, file: Path) -> Place:
    """A reporter that has listed a client."""
    place.options["blocklist"] = {"files": {"milter": "", "text": str(file)}}
    place.catch()
    place.once(None)
    assert served(file) == [CLIENT]
    return place


@pytest.mark.parametrize(
    "ours",
    [
        {"milter": {"allow": {"addresses": [CLIENT]}}},
        {"milter": {"exempt": {"networks": ["11.0.0.0/24"]}}},
        {"ours": {"networks": ["11.0.0.0/24"]}},
    ],
    ids=["allowed", "exempt", "ours"],
)
def test_who_is_allowed_after_he_was_listed_is_on_no_file_any_more(
    listing: Place, file: Path, ours: dict[str, Any]
) -> None:
    listing.options |= ours
    listing.once(None)
    assert served(file) == []
    assert listing.rows("SELECT state FROM blocklist") == [("expired",)]


def test_where_nobody_is_to_be_listed_the_files_are_empty(listing: Place, file: Path) -> None:
    """Or a zone would go on with what it had on the day on which somebody turned the list off."""
    listing.options["blocklist"]["enabled"] = False
    listing.once(None)
    assert served(file) == []
    listing.options["blocklist"]["enabled"] = True
    listing.once(None)
    assert served(file) == [CLIENT]


def test_of_ipv6_the_64_of_the_allowed_host_leaves_the_list_and_a_wider_network_by_hand_stays(store: Store) -> None:
    with store.writing() as db:
        rows.save(db, map(a_kept, ("2a0b:1:2:3::/64", "2a0b:1:2:4::/64", "11.0.0.0/24", "11.0.0.67/32")))
        own = map(ip_network, ("2a0b:1:2:3::25/128", f"{CLIENT}/32", "10.0.0.0/8", "fc00::/7"))
        assert take_off(db, own, NOON) == [ip_network("2a0b:1:2:3::/64")]
    with store.reading() as db:
        left = [str(entry.network) for entry in all_listed(db)]
    assert left == ["11.0.0.0/24", "11.0.0.67/32", "2a0b:1:2:4::/64"]


def test_what_is_on_no_list_any_more_is_left_alone(store: Store) -> None:
    """What a person keeps off stays so, and nothing is told and recorded anew with each start."""
    off = a_kept("11.0.0.77/32", state="off")
    with store.writing() as db:
        rows.save(db, [a_kept(), off])
        own = [ip_network("11.0.0.0/24")]
        assert take_off(db, own, NOON) == [ip_network("11.0.0.66/32")]
        assert take_off(db, own, NOON) == []
        assert rows.find(db, ip_network("11.0.0.77/32")) == off


def test_who_took_it_off_and_why_is_recorded(listing: Place) -> None:
    listing.options["ours"] = {"networks": [f"{CLIENT}/32"]}
    listing.once(None)
    assert listing.said[0] == f"blocklist: {CLIENT}/32 is not listed any more: it is our own, exempt or allowlisted now"
    last = listing.rows("SELECT what, who, why FROM blocklist_records ORDER BY id")[-1]
    assert last == ("removed", "trapline", "in a network of our own, exempt or allowlisted")
