"""Where a page leads: by its attributes and scripts, by the pages within it, and by comments that Outlook reads.

It is told of them one by one, as html.py reads a page. Which attributes lead anywhere is the subject of
link_attributes.py, what a script opens or writes that of scripts.py.
Sources: HTML Living Standard, 4.2.3 (base), 4.2.5.3 (refresh).
"""

import re
from collections.abc import Callable, Mapping

from trapline.reporter.evidence.data_urls import framed_page
from trapline.reporter.evidence.link_attributes import ATTRIBUTES
from trapline.reporter.evidence.page_text import PageText
from trapline.reporter.evidence.scripts import opened, written
from trapline.reporter.evidence.surroundings import Surroundings
from trapline.reporter.evidence.visibility import FROM_OUTLOOK

MAX_LINKS = 100_000  #: attributes with a link in one part

_CLICKED = frozenset({"html:a", "html:area"})
_SCRIPTED = frozenset({"onclick", "onload", "onpageshow", "onerror", "onsubmit", "onfocus", "onmouseover"})
_DELAY = re.compile(r"\A[\s\d.;,]*(?:url\s*=)?", re.IGNORECASE)
_CONDITIONAL = re.compile(r"\[if [^\]]{1,100}\]>(.*)", re.DOTALL)  # Outlook reads what is in such a comment
_CANDIDATE = re.compile(r"[^\s,]\S{0,8000}")

Link = tuple[str, str]  #: text of the link, source


class PageLinks:
    """The links of one page."""

    def __init__(self, around: Surroundings, text: PageText, links_within: Callable[[str], list[Link]]) -> None:
        """`links_within` reads a page in this one."""
        self.links: list[Link] = []
        self.base: str | None = None
        self.problem: str | None = None
        self._opened = 0  # where the link of the last `<a>` is, if it has one
        self._around = around
        self._text = text
        self._shown_before: list[int] = []  # how much text was shown before each link
        self._links_within = links_within

    def take(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Adds what the attributes of an element lead to."""
        self._opened = len(self.links) if tag == "a" else self._opened
        if tag == "base":
            self.base = self.base or attributes.get("href")
        elif tag == "meta" and attributes.get("http-equiv", "").strip().lower() == "refresh":
            self._add(refresh_target(attributes.get("content", "")), "html:meta")
        for name, source in ATTRIBUTES.get(tag, ()):
            link = attributes.get(name)
            self._add(link, self._place(source))
            page = framed_page(link) if link and source == "html:iframe" else None
            if page is not None:
                self._take_page(page)
        if "srcset" in attributes:
            for candidate in _CANDIDATE.findall(attributes["srcset"]):
                self._add(candidate if "/" in candidate else None, "html:img")
        if not _SCRIPTED.isdisjoint(attributes):
            for name in filter(_SCRIPTED.__contains__, attributes):
                self.take_script(attributes[name])
        if tag == "iframe" and "srcdoc" in attributes:
            self._take_page(attributes["srcdoc"])

    def show_again(self) -> None:
        """The link that is open was hidden, and is seen from here."""
        for place, (link, source) in enumerate(self.links[self._opened : self._opened + 1], self._opened):
            self.links[place] = (link, self._place("html:a") if source == "html:hidden" else source)

    def take_script(self, script: str) -> None:
        """Adds what a script opens, and the links of what it writes."""
        for link in opened(script):
            self._add(link, "html:script")
        for page in written(script):
            self._take_page(page)

    def take_comment(self, text: str) -> None:
        """Adds the links of a comment that Outlook reads."""
        conditional = _CONDITIONAL.match(text.lstrip()) if "href" in text else None
        if conditional is not None:
            self._take_page(conditional[1], "html:comment")

    def with_quoted(self, border: int | None) -> list[Link]:
        """The links; those that can be clicked behind so much text (None: never) are marked as quoted."""
        if border is None:
            return self.links
        return [
            (link, "html:quoted" if before > border and place in _CLICKED else place)
            for (link, place), before in zip(self.links, self._shown_before, strict=True)
        ]

    def _place(self, source: str) -> str:
        """`source`, or that the element around is quoted or not shown.

        `mso-hide` hides from Outlook alone: buttons have it.
        """
        if source not in _CLICKED:
            return source
        if self._around.away not in {None, FROM_OUTLOOK}:
            return "html:hidden"
        return "html:quoted" if self._around.in_quote else source

    def _take_page(self, html: str, source: str | None = None) -> None:
        for link, place in self._links_within(html):
            self._add(link, source or place)

    def _add(self, link: str | None, source: str) -> None:
        if link and len(self.links) < MAX_LINKS:
            self.links.append((link, source))
            self._shown_before.append(self._text.chars)
        elif link:
            self.problem = f"more than {MAX_LINKS} links in one part: the rest was not read"


def refresh_target(content: str) -> str | None:
    """The URL in the content of a meta refresh.

    >>> refresh_target("0; URL='https://pills.example/'")
    'https://pills.example/'
    """
    return _DELAY.sub("", content, count=1).strip().strip("\"'").strip() or None
