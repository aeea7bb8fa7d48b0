"""New traps are plausible, secret, free, and far from every real address."""

import re
from pathlib import Path
from random import Random

import pytest

from trapline.traps.errors import BadTrap, NoTrapMade
from trapline.traps.file import parse
from trapline.traps.generate import existing_locals, unused
from trapline.traps.matching import TrapSet
from trapline.traps.plausible import DEPARTMENTS, FIRST_NAMES, SURNAMES, candidate, is_role

NO_TRAPS = TrapSet()
RFC_2142 = (
    *("info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet"),
    *("news", "webmaster", "www", "uucp", "ftp"),
)


def traps(text: str) -> TrapSet:
    return TrapSet(parse(Path("traps"), text))


def test_as_many_as_asked_for_all_different_and_all_of_the_domain() -> None:
    found = unused("mx.com", 500, NO_TRAPS)
    assert len(set(found)) == 500
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)*[0-9]*@mx\.com", address) for address in found)


def test_nobody_can_tell_them_beforehand() -> None:
    assert set(unused("mx.com", 20, NO_TRAPS)).isdisjoint(unused("mx.com", 20, NO_TRAPS))


def test_each_form_has_too_many_of_them_to_be_guessed() -> None:
    initials = 21
    people = len(FIRST_NAMES) * len(SURNAMES)
    letters = len({name[0] for name in FIRST_NAMES})
    sizes = (people * initials, people * len(SURNAMES), people * 40, letters * initials * len(SURNAMES) * 90)
    assert min(*sizes, len(DEPARTMENTS) * 9000) > 2**18


def test_they_look_like_people_and_departments() -> None:
    random = Random(1)  # noqa: S311  a repeatable test, no secret
    words = {re.split(r"[.0-9]", candidate(random))[0] for _ in range(2000)}
    assert words & set(FIRST_NAMES)
    assert words & set(DEPARTMENTS)


@pytest.mark.parametrize("name", RFC_2142)
def test_a_role_is_recognised_with_whatever_stands_around_it(name: str) -> None:
    assert is_role(name)
    assert is_role(f"{name}.north")
    assert is_role(f"{name}2417")
    assert not is_role(f"{name}smith")


def test_no_role_is_made() -> None:
    assert not any(is_role(name) for name in (*FIRST_NAMES, *SURNAMES, *DEPARTMENTS))
    assert not any(is_role(address.partition("@")[0]) for address in unused("mx.com", 1000, NO_TRAPS))


def test_what_a_line_of_the_trap_file_covers_is_not_made_again() -> None:
    departments = traps(r"/[a-z]+\d{4}@mx\.com/  guessed")
    assert all(departments.match(address) is None for address in unused("mx.com", 300, departments))


def test_a_domain_that_is_trapped_as_a_whole_has_no_free_address() -> None:
    with pytest.raises(NoTrapMade, match="only 0 of 1"):
        unused("mx.com", 1, traps("@mx.com old shop"))


def test_whoever_mistypes_a_real_address_finds_no_trap() -> None:
    everybody_else = frozenset(f"x.{name}" for name in SURNAMES if name not in {"keller", "kessler", "novak"})
    found = unused("mx.com", 50, NO_TRAPS, everybody_else | {"anna.keller", "orders", "kessler"})
    assert all("novak" in address or re.match(r"[a-z]+\d{4}@", address) for address in found)
    assert not any("keller" in address or "kessler" in address or "orders" in address for address in found)


def test_no_address_has_a_character_that_begins_an_extension() -> None:
    assert not any("." in address.partition("@")[0] for address in unused("mx.com", 20, NO_TRAPS, delimiter="+."))


def test_a_domain_whose_names_are_used_up_is_an_error() -> None:
    with pytest.raises(NoTrapMade, match="only 0 of 5"):
        unused("mx.com", 5, NO_TRAPS, frozenset(SURNAMES))


@pytest.mark.parametrize(
    "text",
    [
        "Anna.Keller@MX.com\n",
        "# people\nanna.keller\n",
        "anna.keller: anna@elsewhere.com, |/bin/x\n",
        "anna.keller:x:1000:1000:Anna:/home/anna:/bin/sh\n",
        '"Anna Keller" <anna.keller@mx.com>, bob@other.com',
        "anna.keller@mx.com    anna\n",
    ],
)
def test_real_addresses_are_read_from_any_kind_of_list(tmp_path: Path, text: str) -> None:
    (tmp_path / "people").write_text(text, encoding="utf-8")
    found = existing_locals(tmp_path / "people", "mx.com")
    assert "anna.keller" in found
    assert "bob" not in found


def test_a_list_that_cannot_be_read_is_an_error_and_not_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(BadTrap, match="absent: cannot read"):
        existing_locals(tmp_path / "absent", "mx.com")
