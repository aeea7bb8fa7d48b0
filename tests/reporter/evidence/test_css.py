"""CSS as it is written, and as browsers go on behind its errors."""

from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.css import blocks, declarations, without_comments

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


def test_a_brace_in_a_string_is_none() -> None:
    assert list(blocks("a{content:'}'}b{c:d}")) == [("a", "content:'}'"), ("b", "c:d")]


def test_the_end_of_the_sheet_closes_what_is_open() -> None:
    assert list(blocks("a{b:c")) == [("a", "b:c")]


@given(_PIECES.map("".join))
def test_no_text_makes_it_raise_or_grow(text: str) -> None:
    plain = without_comments(text)
    assert "/*" not in plain or "*/" not in plain.partition("/*")[2]
    assert sum(len(prelude) + len(block) for prelude, block in blocks(plain)) <= len(plain)
    assert all(name.strip("abcdefghijklmnopqrstuvwxyz-") == "" for name in declarations(text))
