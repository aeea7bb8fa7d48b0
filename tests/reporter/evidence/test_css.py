"""CSS as it is written, and as browsers go on behind its errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.css import ESCAPED, blocks, declarations, plain

_PIECES = st.lists(st.sampled_from([*"{};:@'\"/* \n", "/*", "*/", "a", "color", "none", "@media"]), max_size=40)


def test_the_last_declaration_of_a_property_counts() -> None:
    assert declarations("color:red;color : blue ") == {"color": "blue"}


def test_a_background_replaces_the_colour_that_was_declared_before_it() -> None:
    assert declarations("background-color:#000;background:#fff") == {"background": "#fff"}
    assert list(declarations("background:#fff;background-color:#000")) == ["background", "background-color"]


def test_a_comment_declares_nothing() -> None:
    assert declarations("/*display:none*/color:red/* ;opacity:0") == {"color": "red"}


def test_a_block_in_a_block_belongs_to_the_outer_one() -> None:
    assert list(blocks("@media x{a{b:c}d{e:f}}g{h:i}")) == [("@media x", "a{b:c}d{e:f}"), ("g", "h:i")]


def test_a_statement_ends_before_the_next_rule() -> None:
    assert list(blocks('@charset "utf-8"; @import url(x); a{b:c}')) == [("a", "b:c")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a{content:'}'}b{c:d}", "a{content:''}b{c:d}"),
        (r"""a{content:"\"}b{c:d}"}""", 'a{content:""}'),
        ("a{content:'/*'}b{c:'*/'}", "a{content:''}b{c:''}"),
        ("a{content:'}\nb{c:d}", "a{content:''\nb{c:d}"),
        ("a{b:url(/*)}c{d:url(*/)}", "a{b:url()}c{d:url()}"),
        (r".a\:b\6c c\0000e9 d\110000 {}", f".a{ESCAPED}blc\u00e9d{ESCAPED}{{}}"),
        ("a/*b*/c/*d", "a c "),
    ],
)
def test_what_stands_in_strings_and_comments_is_none_of_it(text: str, found: str) -> None:
    assert plain(text) == found


def test_the_end_of_the_sheet_closes_what_is_open() -> None:
    assert list(blocks("a{b:c")) == [("a", "b:c")]


@given(_PIECES.map("".join))
def test_no_text_makes_it_raise_or_grow(text: str) -> None:
    rest = plain(text)
    assert "/*" not in rest
    assert plain(rest) == rest
    assert sum(len(prelude) + len(block) for prelude, block in blocks(rest)) <= len(rest)
    assert all(name.strip("abcdefghijklmnopqrstuvwxyz-") == "" for name in declarations(text))
