"""What hides on a page is found by harvesters and met by nobody."""

import re

import pytest
from bs4 import BeautifulSoup, Comment

from trapline.traps.page import variants

ADDRESSES = ("anna.k.keller@mx.com", "payroll2417@xn--bcher-kva.com")
KINDS = sorted(variants(ADDRESSES))

# As harvesters search a page's source, and as those do that follow links only.
HARVESTER = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
MAILTO = re.compile(r'href="mailto:([^"]+)"')


def page(kind: str) -> BeautifulSoup:
    html = f"<!doctype html><html><body><p>Welcome</p>{variants(ADDRESSES)[kind]}</body></html>"
    return BeautifulSoup(html, "lxml")


@pytest.mark.parametrize("kind", KINDS)
def test_a_harvester_finds_them_in_the_source(kind: str) -> None:
    assert tuple(dict.fromkeys(HARVESTER.findall(variants(ADDRESSES)[kind]))) == ADDRESSES


def test_a_harvester_that_follows_links_finds_them_too() -> None:
    assert tuple(MAILTO.findall(variants(ADDRESSES)["hidden link"])) == ADDRESSES


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_rendered_even_where_styles_and_attributes_are_dropped(kind: str) -> None:
    soup = page(kind)
    for unseen in soup(["script"]):
        unseen.decompose()
    shown = "".join(text for text in soup.find_all(string=True) if type(text) is not Comment and text != "html")
    assert shown.strip() == "Welcome"


@pytest.mark.parametrize("kind", KINDS)
def test_no_link_can_be_clicked_focused_or_read_out(kind: str) -> None:
    for link in page(kind)("a"):
        assert link.get_text() == ""
        assert link["tabindex"] == "-1"
        assert link.find_parent(attrs={"hidden": True, "aria-hidden": "true"}) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_sent_or_run_by_a_browser(kind: str) -> None:
    soup = page(kind)
    assert all(field["type"] == "hidden" and not field.has_attr("name") for field in soup("input"))
    assert all(script["type"] == "application/json" for script in soup("script"))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_it_says_that_it_is_a_trap(kind: str) -> None:
    assert not re.search("trap|spam|honey", variants(ADDRESSES)[kind], re.IGNORECASE)
