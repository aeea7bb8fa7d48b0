"""What an HTML part links to, and what it shows as text.

libxml2's tokenizer (HTML5 since 2.14) reports elements, text and comments one by one to a listener, which hands on what
they say: where the page leads to page_links.py, its text to page_text.py; what is around them is the subject of
surroundings.py. No tree is built, so nesting costs nothing, and what follows `</html>` is read as browsers read it.
Whether a link is a URL is the subject of urls.py, links in text that of text.py, and what hides text that of
visibility.py. What libxml2 can't take is read by BeautifulSoup.
Source: HTML Living Standard, 2.4.1 (URLs), 15.3 and 15.4 (which elements are boxes of their own).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import NavigableString, PreformattedString
from bs4.exceptions import ParserRejectedMarkup
from lxml import etree

from trapline.reporter.evidence.bare_links import BareLinks
from trapline.reporter.evidence.boxes import is_block, is_speck
from trapline.reporter.evidence.leaving import LeavingLinks
from trapline.reporter.evidence.page_links import Link, PageLinks
from trapline.reporter.evidence.page_text import PageText
from trapline.reporter.evidence.quotes import is_border
from trapline.reporter.evidence.style_sheets import StyleSheets
from trapline.reporter.evidence.surroundings import UNSEEN, Surroundings
from trapline.reporter.evidence.visibility import FROM_OUTLOOK, may_show

# Ends that break the line although nothing began, of which libxml2 tells nobody (13.2.6.4.7); behind `</p>` mostly
# another element breaks it too.
_BREAKING_END = re.compile(r"</(?:br(?=[\s/>])|(?P<p>p\s{0,9}>)(?=[^\s<]))", re.IGNORECASE)

# `<a href="…"/>`: libxml2 takes it for a link without a word. Browsers don't read the slash, and what follows is the
# link's text (HTML Living Standard, 13.2.2, non-void-html-element-start-tag-with-trailing-solidus).
_LOOKS_CLOSED = re.compile(r"<a\s(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+(?<=[\s\"']/)>", re.IGNORECASE)


@dataclass(slots=True)
class Hunt:
    """What was found in one HTML part."""

    links: list[Link] = field(default_factory=list)  #: in order
    leaving: frozenset[str] = frozenset()  #: of them, those by which one leaves a list, by all their captions
    base: str | None = None  #: of the first `<base href>`
    shown: str = ""  #: the text that a person sees; blocks are apart by line breaks, inline elements are joined
    captions: str = ""  #: of it, what is the text of a link
    quoted: str = ""  #: beside it, the text of a message that is quoted
    hidden: str = ""  #: and the text that nobody sees
    hidden_by: tuple[str, ...] = ()  #: how it is hidden, in the words of CSS, in order
    doubtful: bool = False  #: rules of style sheets that were not read may show what is hidden without them
    problem: str | None = None


def hunt(html: str) -> Hunt:
    """Every link of `html` and its visible text. Never raises; never follows anything."""
    return _hunt(html, is_inner=False)


def _hunt(html: str, *, is_inner: bool) -> Hunt:
    """What is in a page, or in a page within it."""
    try:
        return _read(html, is_inner=is_inner)
    except (etree.LxmlError, ValueError, AssertionError):  # ValueError: libxml2 was handed what it calls no text
        return _second_rung(html, is_inner=is_inner)


def _read(html: str, *, is_inner: bool) -> Hunt:
    """By libxml2. Raises what lxml raises."""
    sheets = StyleSheets(html)
    listener = _Listener(sheets, is_inner=is_inner)
    found = _parsed(html, listener)
    if listener.style_elements == sheets.elements:
        return found
    return _parsed(html, _Listener(StyleSheets.unsure(), is_inner=is_inner))


def _parsed(html: str, listener: "_Listener") -> Hunt:
    """What `listener` was told. Raises what lxml raises."""
    # lxml hands a target str; its stubs say str or bytes.
    parser = etree.HTMLParser(target=listener, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]
    parser.feed(_as_browsers_read(html).encode("utf-8", "replace"))
    parser.close()
    return listener.result()


def _as_browsers_read(html: str) -> str:
    """`html` with other words for tags that libxml2 reads in a way of its own."""
    html = _BREAKING_END.sub(lambda end: "</p><br>" if end["p"] else "<br", html)
    return _LOOKS_CLOSED.sub(_open, html)


def _open(link: re.Match[str]) -> str:
    """The start of `link` without the slash at its end."""
    return f"{link[0][:-2]}>"


def _links_within(html: str) -> list[Link]:
    return _hunt(html, is_inner=True).links


def _none_within(_: str) -> list[Link]:
    """A page in a page in this one is left aside, so that nothing is nested without end."""
    return []


class _Listener:
    """Told the parser's events (lxml's target interface)."""

    def __init__(self, sheets: StyleSheets, *, is_inner: bool = False) -> None:
        self._sheets = sheets
        self.style_elements = 0  #: that we were told of
        self._script: list[str] = []
        self._around = Surroundings(sheets)
        self._text = PageText()
        self._links = PageLinks(self._around, self._text, _none_within if is_inner else _links_within)
        self._bare = BareLinks(self._links.links)
        self._leaving = LeavingLinks()

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        was_in_link = self._around.in_link
        style = self._around.enter(tag, attrib)
        if self._around.shows_link_again:
            self._links.show_again()
        if self._around.in_link and not was_in_link:
            self._text.begin_link()
        if not self._text.has_border and is_border(attrib):
            self._text.quote_rest()
        stands_alone = is_block(tag)
        if stands_alone and tag not in UNSEEN:
            self._text.break_line(in_link=self._around.in_link)
        self.style_elements += tag == "style" and "template" not in self._around.unseen
        self._bare.start(
            tag,
            is_box=stands_alone and self._around.shows_boxes and not is_speck(tag, attrib),
            may_show=tag == "a" and may_show(attrib, style=style, unread=self._sheets.unread),
        )
        self._leaving.start(tag, attrib.get("href"))
        if attrib:
            self._links.take(tag, attrib)

    def end(self, tag: str) -> None:
        self._bare.end(tag)
        self._leaving.end(tag)
        was_in_link = self._around.in_link
        was_unseen = self._around.leave(tag)
        if was_in_link and not self._around.in_link:
            self._text.end_link()
        if tag == "script" and self._script:
            self._links.take_script("".join(self._script))
            self._script.clear()
        if not was_unseen and is_block(tag):
            self._text.break_line(in_link=self._around.in_link)

    def data(self, text: str) -> None:
        around = self._around
        if around.unseen:
            if around.unseen[-1] == "script":
                self._script.append(text)
            return
        is_blank = text.isspace()
        if not is_blank:
            around.text()
        hidden = around.hidden
        self._text.add(text, hidden=hidden, in_quote=around.in_quote, in_link=around.in_link)
        self._leaving.text(text)
        self._bare.text(seen=hidden in {None, FROM_OUTLOOK} and not is_blank)

    def comment(self, text: str) -> None:
        """A comment shows nothing."""
        self._links.take_comment(text)

    def close(self) -> None:
        """Nothing is left to do."""

    def result(self) -> Hunt:
        self._bare.settle()
        text, border = self._text, self._text.border()
        return Hunt(
            links=self._links.with_quoted(border),
            leaving=self._leaving.found(),
            base=self._links.base,
            shown=text.shown(border),
            captions=text.captions(),
            quoted=text.quoted(border),
            hidden=text.hidden(),
            hidden_by=text.hidden_by(),
            doubtful=self._sheets.unread,
            problem=self._links.problem,
        )


def _second_rung(html: str, *, is_inner: bool) -> Hunt:
    """By BeautifulSoup, which parses in a way of its own; its tree is told to a listener."""
    listener = _Listener(StyleSheets(html), is_inner=is_inner)
    try:
        _tell(BeautifulSoup(html, "html.parser", multi_valued_attributes=None), listener)
    except ParserRejectedMarkup:
        return Hunt(problem="no parser can read a page")
    return listener.result()


def _tell(soup: BeautifulSoup, listener: _Listener) -> None:
    """Report what is in `soup` as a parser does: in order, each element's end after what is in it."""
    around: list[Tag] = []
    for node in soup.descendants:
        while around and node.parent is not around[-1]:
            listener.end(around.pop().name)
        if isinstance(node, Tag):
            listener.start(node.name, {name: str(value) for name, value in node.attrs.items()})
            around.append(node)
        elif isinstance(node, Comment):
            listener.comment(node)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            listener.data(node)
    while around:
        listener.end(around.pop().name)
