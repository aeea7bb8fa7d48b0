"""What an HTML part links to, and what it shows as text.

libxml2's tokenizer (HTML5 since 2.14) reports elements, text and comments one by one to a listener, which collects what
they say. No tree is built, so nesting costs nothing, and what follows `</html>` is read as browsers read it. Which
attributes lead anywhere is the subject of link_attributes.py, whether a link is a URL that of urls.py, links in text
that of text.py, and what hides text that of visibility.py. What libxml2 can't take is read by BeautifulSoup.
Sources: HTML Living Standard, 2.4.1 (URLs), 4.2.3 (base), 4.2.5.3 (refresh).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from bs4 import BeautifulSoup
from lxml import etree

from trapline.reporter.evidence.bare_links import BareLinks
from trapline.reporter.evidence.data_urls import framed_page
from trapline.reporter.evidence.link_attributes import ATTRIBUTES
from trapline.reporter.evidence.quotes import begins, is_border, is_quote
from trapline.reporter.evidence.scripts import opened, written
from trapline.reporter.evidence.style_sheets import StyleSheets
from trapline.reporter.evidence.visibility import PAGE, Look, look, may_show

MAX_LINKS = 100_000  #: attributes with a link in one part

_CLICKED = frozenset({"html:a", "html:area"})
_LINKS = frozenset({"a", "v:roundrect", "v:rect", "v:oval", "v:shape"})  # whose text is the caption of the link
_SCRIPTED = frozenset({"onclick", "onload", "onpageshow", "onerror", "onsubmit", "onfocus", "onmouseover"})
_LOOKS = frozenset({"style", "hidden", "bgcolor", "background", "color", "text", "class", "id"})
_UNSEEN = frozenset({"script", "style", "title", "head", "template", "noframes"})
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "code", "em", "font", "i", "ins", "kbd", "mark", "o:p", "q", "s"}
    | {"samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"}
)
_DELAY = re.compile(r"\A[\s\d.;,]*(?:url\s*=)?", re.IGNORECASE)
_CONDITIONAL = re.compile(r"\[if [^\]]{1,100}\]>(.*)", re.DOTALL)  # Outlook reads what is in such a comment
_CANDIDATE = re.compile(r"[^\s,]\S{0,8000}")


@dataclass(slots=True)
class Hunt:
    """What was found in one HTML part."""

    links: list[tuple[str, str]] = field(default_factory=list)  #: (text of the link, source), in order
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
    try:
        return _read(html)
    except (etree.LxmlError, ValueError, AssertionError):  # ValueError: libxml2 was handed what it calls no text
        return _second_rung(html)


def _read(html: str, *, is_inner: bool = False) -> Hunt:
    """What is in a page, or in a page within it. Raises what lxml raises."""
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
    parser.feed(html.encode("utf-8", "replace"))
    parser.close()
    return listener.result()


class _Listener:
    """Told the parser's events (lxml's target interface)."""

    def __init__(self, sheets: StyleSheets, *, is_inner: bool = False) -> None:
        self._sheets = sheets
        self.style_elements = 0  #: that we were told of
        self._is_inner = is_inner
        self._hunt = Hunt()
        self._script: list[str] = []
        self._shown: list[str] = []
        self._shown_chars = 0
        self._unseen: list[str] = []
        self._depth = 0
        self._in_link = 0  # the depth of the outermost link that we are in
        self._captions: list[str] = []
        self._bare = BareLinks(self._hunt.links)
        self._in_quote = 0  # the depth of the outermost quote
        self._quoted: list[str] = []
        self._border: int | None = None  # how much was shown before all that is quoted
        self._shown_before: list[int] = []  # and before each link
        # Of the elements around that look otherwise than theirs: depth, look, and what hides the text in it.
        self._looks: list[tuple[int, Look, str | None]] = [(0, PAGE, None)]
        self._hidden: dict[str, list[str]] = {}

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        self._depth += 1
        style = ""
        if tag == "a" or self._sheets or (attrib and not _LOOKS.isdisjoint(attrib)):
            style = self._sheets.style(tag, attrib)
            around = self._looks[-1][1]
            own = look(tag, attrib, around, style=style, unread=self._sheets.unread)
            if own is not around:
                self._looks.append((self._depth, own, own.hidden))
        if not self._in_quote and is_quote(tag, attrib):
            self._in_quote = self._depth
        if self._border is None and is_border(attrib):
            self._border = self._shown_chars
            self._show("\n")
        if _is_captioned(tag, attrib):
            self._in_link = self._in_link or self._depth
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag not in _INLINE:
            self._show("\n")
        self.style_elements += tag == "style" and "template" not in self._unseen
        is_box = tag not in _INLINE and not self._unseen
        self._bare.start(
            tag, is_box=is_box, may_show=tag == "a" and may_show(attrib, style=style, unread=self._sheets.unread)
        )
        if attrib:
            self._take(tag, attrib)

    def _place(self, source: str) -> str:
        """`source`, or that the element around is quoted or not shown.

        `mso-hide` hides from Outlook alone: buttons have it.
        """
        if source not in _CLICKED:
            return source
        gone = self._looks[-1][1].gone
        if gone is not None and gone != "mso-hide:all":
            return "html:hidden"
        return "html:quoted" if self._in_quote else source

    def _take(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "base":
            self._hunt.base = self._hunt.base or attributes.get("href")
        elif tag == "meta" and attributes.get("http-equiv", "").strip().lower() == "refresh":
            self._add(refresh_target(attributes.get("content", "")), "html:meta")
        for name, source in ATTRIBUTES.get(tag, ()):
            link = attributes.get(name)
            self._add(link, self._place(source))
            page = framed_page(link) if link and source == "html:iframe" else None
            if page is not None:
                self._take_inner(page)
        if "srcset" in attributes:
            for candidate in _CANDIDATE.findall(attributes["srcset"]):
                self._add(candidate if "/" in candidate else None, "html:img")
        if not _SCRIPTED.isdisjoint(attributes):
            for name in filter(_SCRIPTED.__contains__, attributes):
                self._take_script(attributes[name])
        if tag == "iframe" and "srcdoc" in attributes:
            self._take_inner(attributes["srcdoc"])

    def _take_script(self, script: str) -> None:
        for link in opened(script):
            self._add(link, "html:script")
        for page in written(script):
            self._take_inner(page)

    def _take_inner(self, html: str, source: str | None = None) -> None:
        """A page in this page; one in it is left aside, so that nothing is nested without end."""
        if not self._is_inner:
            for link, place in _read(html, is_inner=True).links:
                self._add(link, source or place)

    def _add(self, link: str | None, source: str) -> None:
        if link and len(self._hunt.links) < MAX_LINKS:
            self._hunt.links.append((link, source))
            self._shown_before.append(self._shown_chars)
        elif link:
            self._hunt.problem = f"more than {MAX_LINKS} links in one part: the rest was not read"

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self._shown_chars += len(text)

    def end(self, tag: str) -> None:
        self._bare.end(tag)
        if self._looks[-1][0] == self._depth:
            self._looks.pop()
        if self._in_link == self._depth:
            self._in_link = 0
            self._captions.append("\n")
        if self._in_quote == self._depth:
            self._in_quote = 0
        self._depth -= 1
        if tag == "script" and self._script:
            self._take_script("".join(self._script))
            self._script.clear()
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        elif tag not in _INLINE:
            self._show("\n")

    def data(self, text: str) -> None:
        if self._unseen:
            if self._unseen[-1] == "script":
                self._script.append(text)
            return
        hidden = self._looks[-1][2]
        if hidden is not None:
            self._hidden.setdefault(hidden, []).append(text)
        elif self._in_quote:
            self._quoted.append(text)
        else:
            self._show(text)
        self._bare.text(seen=hidden in {None, "mso-hide:all"} and not text.isspace())
        if self._in_link and hidden is None:
            self._captions.append(text)

    def comment(self, text: str) -> None:
        """A comment shows nothing, but for those that Outlook reads."""
        conditional = _CONDITIONAL.match(text.lstrip()) if "href" in text else None
        if conditional is not None:
            self._take_inner(conditional[1], "html:comment")

    def close(self) -> None:
        """Nothing is left to do."""

    def result(self) -> Hunt:
        self._bare.settle()
        found = self._hunt
        found.shown = "".join(self._shown)
        found.captions = "".join(self._captions)
        found.doubtful = self._sheets.unread
        found.quoted = " ".join(self._quoted)
        self._split(min((at for at in (self._border, begins(found.shown)) if at is not None), default=None))
        found.hidden = " ".join("".join(pieces) for pieces in self._hidden.values())
        found.hidden_by = tuple(how for how, pieces in self._hidden.items() if any(map(str.strip, pieces)))
        return found

    def _split(self, border: int | None) -> None:
        """Marks as quoted what is shown behind `border`."""
        if border is None:
            return
        found = self._hunt
        found.links = [
            (link, "html:quoted" if before > border and place in _CLICKED else place)
            for (link, place), before in zip(found.links, self._shown_before, strict=True)
        ]
        found.quoted = f"{found.quoted}\n{found.shown[border:]}"
        found.shown = found.shown[:border]


def _is_captioned(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the text within says something of where a click leads: not in a mark within the page (`#top`)."""
    target = attributes.get("href", attributes.get("xlink:href", "")).strip()
    return tag == "button" or (tag in _LINKS and not target.startswith("#") and target != "")


def refresh_target(content: str) -> str | None:
    """The URL in the content of a meta refresh.

    >>> refresh_target("0; URL='https://pills.example/'")
    'https://pills.example/'
    """
    return _DELAY.sub("", content, count=1).strip().strip("\"'").strip() or None


def _second_rung(html: str) -> Hunt:
    """By BeautifulSoup, which parses in a way of its own: its elements are told to a listener one after the other."""
    soup = BeautifulSoup(html, "html.parser")
    listener = _Listener(StyleSheets(html))
    for tag in islice(soup.find_all(True), MAX_LINKS):
        listener.start(tag.name, {name: str(value) for name, value in tag.attrs.items()})
        listener.end(tag.name)
    found = listener.result()
    found.shown = "\n".join(_strings(soup))
    return found


def _strings(soup: BeautifulSoup) -> Iterator[str]:
    return islice(soup.stripped_strings, MAX_LINKS)
