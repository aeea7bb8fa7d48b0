"""The traps are shown by label, in the order of their files."""

from pathlib import Path

from trapline.traps.file import parse
from trapline.traps.overview import Group, groups, misspelt_kinds


def test_lines_of_one_label_and_kind_are_one_group() -> None:
    entries = parse(Path("traps"), "a@mx.com x\n@shop.com y recycled\nb@mx.com x\nc+*@mx.com x typo\n")
    assert groups(entries) == (
        Group("x", "pristine", ("a@mx.com", "b@mx.com")),
        Group("y", "recycled", ("@shop.com",)),
        Group("x", "typo", ("c+*@mx.com",)),
    )


def test_no_repr_shows_an_address() -> None:
    assert "canary" not in repr(groups(parse(Path("traps"), "canary@mx.com x\n")))


def test_a_kind_that_is_misspelt_is_no_part_of_the_label_in_silence() -> None:
    lines = (
        "a@mx.com shop recyled\nb@mx.com shop Typo\nc@mx.com paper recycling\nd@mx.com x recycled\ne@mx.com x typo\n"
    )
    assert misspelt_kinds(parse(Path("traps"), lines)) == (
        'the label "shop recyled" ends with a word that is not a kind, so pristine is assumed: is "recycled" meant?',
        'the label "shop Typo" ends with a word that is not a kind, so pristine is assumed: is "typo" meant?',
    )
