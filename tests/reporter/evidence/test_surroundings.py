"""What is said of the place in a page ends with the element that said it, whatever was in that."""

import time

import pytest

from tests.cpu_time import within
from trapline.reporter.evidence.html import hunt

INSIDE = ("y", "<p>y</p>", "<p><b>y</b></p><p>y</p>", "<p>y")  # the last one is never closed


@pytest.mark.parametrize("inside", INSIDE)
def test_what_hides_an_element_hides_nothing_behind_it(inside: str) -> None:
    found = hunt(f'<div style="display:none">{inside}</div>x<a href="http://b.com">x</a>')
    assert (found.shown.split(), set(found.hidden)) == (["x", "x"], {"y"})
    assert found.links == [("http://b.com", "html:a")]


@pytest.mark.parametrize("inside", INSIDE)
def test_a_quote_quotes_nothing_behind_it(inside: str) -> None:
    found = hunt(f'<blockquote type=cite>{inside}</blockquote>x<a href="http://b.com">x</a>')
    assert (found.shown.split(), set(found.quoted.split())) == (["x", "x"], {"y"})
    assert found.links == [("http://b.com", "html:a")]


@pytest.mark.parametrize(
    "inside", ["y", "<b><i>y</i></b>", "<p>y</p>", " <table><tr><td>y<td>y</table>", "<p>y</p><p>y", "<b>y"]
)
def test_the_caption_of_a_link_is_no_word_behind_it(inside: str) -> None:
    found = hunt(f'<a href="http://a.com">{inside}</a><p>x</p>')
    assert set(found.captions.split()) == {"y"}


@pytest.mark.parametrize("link", ["y", "<img src='http://a.com/i.png'>", "<b></b>"])
def test_a_table_behind_a_link_is_none_of_its_caption(link: str) -> None:
    assert "x" not in hunt(f'<a href="http://a.com">{link}</a> <table><tr><td>x</table>').captions


def test_a_mark_within_the_page_has_no_caption() -> None:
    assert hunt('<a href="#top"><table><tr><td>x</table></a>').captions.split() == []


def test_a_caption_is_no_part_of_the_words_beside_it() -> None:
    found = hunt('Home<a href="http://a.com">Shop</a><a href="http://b.com">bank.com</a>Help')
    assert found.shown.split() == ["Home", "Shop", "bank.com", "Help"]


@pytest.mark.parametrize("tag", ["script", "style", "title", "template"])
def test_what_is_never_shown_ends_with_its_element(tag: str) -> None:
    assert hunt(f"<{tag}>y</{tag}><p>x</p>").shown.split() == ["x"]


@pytest.mark.parametrize("tag", ["main", "o:p", "p", "x"])
def test_a_head_that_is_never_closed_ends_where_the_body_begins(tag: str) -> None:
    page = f"<html><head><meta charset=utf-8><title>y</title><style>y</style><{tag}>x</{tag}>x"
    assert "".join(hunt(page).shown.split()) == "xx"


def test_within_what_is_hidden_or_quoted_the_outermost_element_counts() -> None:
    hidden = '<div style="display:none"><div style="display:none">y</div>y</div>x'
    quoted = "<blockquote type=cite><blockquote type=cite>y</blockquote>y</blockquote>x"
    assert (hunt(hidden).shown.split(), hunt(quoted).shown.split()) == (["x"], ["x"])


@pytest.mark.parametrize("how", ["display:none", "opacity:0"])
def test_a_link_that_is_not_there_for_the_eye_is_hidden_even_with_a_picture_in_it(how: str) -> None:
    page = f'<div style="{how}"><a href="http://a.com"><img src="http://a.com/i.png"></a></div>'
    assert ("http://a.com", "html:hidden") in hunt(page).links


@pytest.mark.parametrize(
    "inside",
    [
        '<div style="display:none">y</div>',
        "<img hidden>",
        "<b hidden><img></b>",
        '<img style="visibility:hidden">',
        "<img width=1 height=1>",
    ],
)
def test_a_link_around_what_is_not_there_for_the_eye_is_hidden(inside: str) -> None:
    assert hunt(f'<a href="http://a.com">{inside}</a><p>x').links == [("http://a.com", "html:hidden")]


def test_a_link_whose_words_are_indented_off_the_page_is_seen_by_its_box() -> None:
    page = '<a href="http://a.com"><div style="height:9px;background:url(i.png);text-indent:-9999px">y</div></a>'
    assert hunt(page).links == [("http://a.com", "html:a")]


SEEN = {
    "in a cell of no table": '<td style="display:none"><a href="http://a.com">x</a>',
    "in a table, outside of its cells": '<table style="display:none"><a href="http://a.com">x</a></table>',
    "in a row, outside of its cells": '<table><tr style="display:none"><a href="http://a.com">x</a></table>',
    "in a block, which ends a paragraph": '<p style="display:none"><b><div><a href="http://a.com">x</a></div></b></p>',
    "in a form right in a hidden table": '<table style="display:none"><form><a href="http://a.com">x</a></form></table>',
    "in a cell of a dark table with a form in it": (
        '<table bgcolor=black><form><tr><td><font color=white><a href="http://a.com" style="color:white">x</a></table>'
    ),
    "in a cell of a dark table with a block in it": (
        '<table bgcolor=black><div><tr><td><font color=white><a href="http://a.com" style="color:white">x</a></table>'
    ),
    "in a cell of a dark table with letters in it": (
        '<table bgcolor=black><tr><b><td><font color=white><a href="http://a.com" style="color:white">x</a></table>'
    ),
    "in a block, which ends a paragraph of white letters": '<p style="color:#fff"><section><b><a href="http://a.com"><b>x</b></a>',
    "in a block in white letters of a dark cell": (
        '<table><td bgcolor=black><font color=white><center><b>x</b><a href="http://a.com"><img></a></table>'
    ),
    "that goes on behind the paragraph's end": '<p style="display:none"><a href="http://a.com"><div>x</div></a></p>',
    "that ends a hidden one": '<a style="display:none"><b><a href="http://a.com">x</a></b></a>',
    "that ends one with something hidden": '<a href="#y"><span style="display:none"><a href="http://a.com">x</a></span>',
}
UNSEEN = {
    "in a cell": '<table><td style="display:none"><a href="http://a.com">x</a></table>',
    "in a table's cell": '<table style="display:none"><td><a href="http://a.com">x</a></table>',
    "in a cell, with a block between it and the table": (
        '<table style="display:none"><div><tr><td><a href="http://a.com">x</a></table>'
    ),
    "in a paragraph": '<p style="display:none"><b><a href="http://a.com">x</a></b></p>',
    "in a paragraph of a hidden block": '<div style="display:none"><p><b><div><a href="http://a.com">x</a></div></b></div>',
    "in letters that go on behind a paragraph": '<p><b style="display:none"><div><a href="http://a.com">x</a></div></b>',
    "in a block that goes on behind a link": '<a href="#y"><div style="display:none"><a href="http://a.com">x</a></div>',
}


@pytest.mark.parametrize("where", SEEN)
def test_a_link_is_seen(where: str) -> None:
    found = hunt(SEEN[where])
    assert ("http://a.com", "html:a") in found.links
    assert found.shown.split() == ["x"]


@pytest.mark.parametrize("where", UNSEEN)
def test_a_link_is_hidden(where: str) -> None:
    found = hunt(UNSEEN[where])
    assert ("http://a.com", "html:hidden") in found.links
    assert found.shown.split() == []


def test_text_right_in_a_hidden_table_stands_before_it() -> None:
    assert hunt('<table style="display:none">x<tr>y<td>z</table>').shown.split() == ["x", "y"]


def test_hidden_paragraphs_in_any_number_are_ended_in_time() -> None:
    before = time.process_time()
    hunt(
        '<p style="display:none">'
        + "".join(f'<b style="color:#{n:06x}">' for n in range(20_000))
        + "<a><div></div></a>" * 20_000
    )
    assert within(5, before)
