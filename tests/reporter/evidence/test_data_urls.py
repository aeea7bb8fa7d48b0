"""URLs that are a page themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.data_urls import framed_page
from trapline.reporter.evidence.html import hunt


@pytest.mark.parametrize(
    "link",
    [
        "data:text/html,<p>x",
        " DATA:text/html;charset=utf-8,%3cp%3ex",
        "data:text/html;charset=utf-16le;base64,PABwAD4AeAA=",
        "data:application/xhtml+xml; base64,PHA+\neA",
        "data:image/svg+xml;base64,PHA%2BeA%3D%3D",
    ],
)
def test_a_link_that_is_a_page_itself_is_read(link: str) -> None:
    assert framed_page(link) == "<p>x"


def test_half_a_character_is_read_as_a_mark_of_its_own() -> None:
    assert framed_page("data:text/html,<p>\ud800x") == "<p>?x"


@pytest.mark.parametrize("link", ["", "data:text/html", "data:,<p>x", "data:image/png;base64,PHA+eA==", "//html.com/,"])
def test_a_link_that_is_no_page_gives_none(link: str) -> None:
    assert framed_page(link) is None


def test_a_page_in_itself_ends() -> None:
    page = "<a href='http://x.com/'>x</a>"
    for _ in range(5):
        page = f"<iframe src='data:text/html,{page.replace('%', '%25').replace(chr(39), '%27')}'></iframe>"
    assert [link for link, _ in hunt(page).links if link == "http://x.com/"] == []


@given(st.lists(st.sampled_from(["data:", "text/html", ";", "base64", ",", "%", "%3", "<p>", "\ud800", "\0", "PHA+"])))
def test_no_link_makes_it_raise(pieces: list[str]) -> None:
    framed_page("".join(pieces))
