"""The lists in reporter/data: how they match, and what must never be in them."""

from importlib.resources import files

import pytest

from trapline.reporter.lists import Entry, ListName, every_list, known_link, known_names
from trapline.reporter.suffixes import is_public_suffix


def rows(name: ListName) -> list[str]:
    text = (files("trapline.reporter") / "data" / f"{name}.txt").read_text(encoding="ascii")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def header(name: ListName) -> str:
    text = (files("trapline.reporter") / "data" / f"{name}.txt").read_text(encoding="ascii")
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))


@pytest.mark.parametrize("name", every_list())
def test_each_list_says_its_subject_source_licence_and_count(name: ListName) -> None:
    assert all(f"# {word}:" in header(name) for word in ("subject", "source", "licence"))
    assert f"# count: {len(rows(name))}" in header(name)


@pytest.mark.parametrize("name", ["shorteners", "shared_hosting", "esp", "freemail", "forwarders"])
def test_no_registry_suffix_is_in_a_list(name: ListName) -> None:
    assert not [row for row in rows(name) if row.partition("\t")[0] in {"com", "net", "org", "co.uk"}]


def test_an_entry_matches_what_is_below_it_at_label_borders() -> None:
    entry = known_link("firm.blogspot.com")
    assert entry is not None
    assert entry.host == "blogspot.com"
    assert known_link("notblogspot.com") is None


def test_a_path_entry_matches_its_path_only() -> None:
    redirect, search = known_link("www.google.com", "/url"), known_link("www.google.com", "/urlx")
    assert isinstance(redirect, Entry)
    assert redirect.listed_in == "link_wrappers"
    assert isinstance(search, Entry)
    assert search.listed_in == "well_known"


def test_a_name_can_be_in_several_lists_of_names() -> None:
    assert {entry.listed_in for entry in known_names("gmail.com")} >= {"freemail"}


@pytest.mark.parametrize("host", ["w3.org", "google.com", "microsoft.com", "apple.com", "schema.org"])
def test_the_most_innocent_are_well_known(host: str) -> None:
    entry = known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"
    assert not is_public_suffix(host)
