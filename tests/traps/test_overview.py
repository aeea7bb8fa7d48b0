"""The traps are shown by label, in the order of their files."""

from pathlib import Path

from trapline.traps.file import parse
from trapline.traps.overview import Group, groups


def test_lines_of_one_label_and_kind_are_one_group() -> None:
    entries = parse(Path("traps"), "a@mx.com x\n@shop.com y recycled\nb@mx.com x\nc+*@mx.com x typo\n")
    assert groups(entries) == (
        Group("x", "pristine", ("a@mx.com", "b@mx.com")),
        Group("y", "recycled", ("@shop.com",)),
        Group("x", "typo", ("c+*@mx.com",)),
    )


def test_no_repr_shows_an_address() -> None:
    assert "canary" not in repr(groups(parse(Path("traps"), "canary@mx.com x\n")))
