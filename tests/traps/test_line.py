"""A new line of a trap file means what was meant, or is refused without being shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.traps.errors import BadTrap
from trapline.traps.file import parse
from trapline.traps.line import identity, new_line, written
from trapline.traps.traps import Kind, Trap

FILE = Path("traps")


@pytest.mark.parametrize(
    "what", ["hidden1@mx.com", "@old-shop.com", "anna+*@mx.com", r"/info\d+@mx\.com/", r"/a\/b@c/"]
)
def test_each_form_of_a_trap_can_be_written_and_read_back(what: str) -> None:
    line, entry = new_line(what, "web page, footer", "recycled")
    assert parse(FILE, line) == (entry,)
    assert entry.trap == Trap("web page, footer", "recycled")
    assert written(entry) == what


def test_a_label_that_ends_in_the_name_of_a_kind_stays_whole() -> None:
    line, entry = new_line("a@mx.com", "a page about a typo")
    assert entry.trap == Trap("a page about a typo", "pristine")
    assert parse(FILE, line) == (entry,)


def test_blanks_and_line_breaks_in_a_label_become_one_blank() -> None:
    line, entry = new_line("a@mx.com", " web\npage  footer ")
    assert "\n" not in line
    assert entry.trap.label == "web page footer"


@pytest.mark.parametrize(
    ("what", "label"),
    [
        ("canary@mx.com", "canary@mx.com"),
        ("canary@mx.com", "footer (Canary@MX.com), left"),
        ("canary@mx.com", "mailto:<canary@mx.com>"),
        ("@canary.com", "info@canary.com"),
        ("canary+*@mx.com", "canary+shop@mx.com"),
        (r"/canary\d+@mx\.com/", "canary7@mx.com"),
    ],
)
def test_a_label_that_tells_the_trap_is_refused_since_labels_are_logged(what: str, label: str) -> None:
    with pytest.raises(BadTrap, match="label holds the trap's address") as caught:
        new_line(what, label)
    assert "canary" not in str(caught.value).lower()


@pytest.mark.parametrize("label", ["anna@mx.com gave it away", "page of canary", "@canary.com, whole"])
def test_a_label_may_hold_another_address(label: str) -> None:
    assert new_line("canary@mx.com", label)[1].trap.label == label


@pytest.mark.parametrize(
    ("what", "label"),
    [
        ("canary", "x"),
        ("canary@mx.com", ""),
        ("canary@mx.com y", "x"),
        ("canary@mx.com # y", "x"),
        ("#canary@mx.com", "x"),
        ("canary@mx.com", "page # 3"),
        ("canary@mx.com", "bell \x07"),
        ("canary\udcff@mx.com", "x"),
        ("can\nary@mx.com x\nb@mx.com", "x"),
        ("/(canary/", "x"),
        ("canary@bad..name", "x"),
    ],
)
def test_what_the_parser_would_misread_is_refused_without_showing_it(what: str, label: str) -> None:
    with pytest.raises(BadTrap) as caught:
        new_line(what, label)
    assert "canary" not in str(caught.value)
    assert "ary@" not in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["pristine", "recycled", "typo"]))
def test_whatever_is_given_is_one_line_with_that_label_or_refused(what: str, label: str, kind: Kind) -> None:
    try:
        line, entry = new_line(what, label, kind)
    except BadTrap:
        return
    assert parse(FILE, f"a@mx.com x\n{line}\nb@mx.com y\n")[1:-1] == (entry,)
    assert entry.trap == Trap(" ".join(label.split()), kind)


def test_two_lines_are_the_same_if_they_trap_the_same_whatever_their_labels() -> None:
    one, other = new_line("Hidden@MX.com", "x")[1], new_line("hidden@mx.com", "y", "typo")[1]
    assert identity(one) == identity(other)
    assert identity(one) != identity(new_line("@mx.com", "x")[1])
