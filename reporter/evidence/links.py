"""The links of one message, put together: the same link in several places is one, and so are those that are cut to it.

Pure. Where they stood is told by collect.py, what they are for by purpose.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trapline.config.names import is_below_any
from trapline.reporter.evidence.click_trackers import is_click_tracker
from trapline.reporter.evidence.content import Words
from trapline.reporter.evidence.evidence import SeenUrl
from trapline.reporter.evidence.purpose import Purpose, is_inner, is_list_page, purpose
from trapline.reporter.evidence.trackers import Trackers, for_anybody
from trapline.reporter.evidence.typed_names import TO_NAME
from trapline.reporter.evidence.urls import Url, cut_before
from trapline.reporter.evidence.wrappers import unwrapped
from trapline.reporter.lists import SHIPPED, Lists
from trapline.reporter.parsing.recipient_forms import Mentions

MAX_URLS = 20_000  #: different links of one message that are judged
MAX_JUDGED_CHARS = 10_000_000  #: of links; below a long base each short one is long
MAX_SEARCHED_CHARS = 1_000_000  #: of links that are searched for recipients; a link past it counts as naming one
MAX_CUT_CHARS = 500_000  #: of links that name a recipient, in which the part before it is looked for

_SAID = frozenset({"html:caption", "html:text", "text"})  # what a person reads, and does not click
_OWN_LURES = frozenset({"html:a", "html:area", "html:form", "html:iframe", "html:meta", "html:script", "text", TO_NAME})
_FOLLOWED = _OWN_LURES | {"document"}
_IN_DOCUMENTS = frozenset({"document", "document:unwrapped"})
_BESIDE = frozenset({"document:beside"})  # and what those are beside a lure of the message's own
_NOT_FOLLOWED = _SAID | _BESIDE | {"document:cited", "html:comment", "html:hidden", "html:img", "html:link"}
_QUOTED = {"html:quoted": "html:a", "text:quoted": "text"}  # and what they are where nothing else is there

Found = tuple[Url, str]  #: a link and its source


@dataclass(slots=True)
class _Seen:
    """A link that may be told, and those that were cut to it."""

    url: Url
    names_recipient: bool
    leads_to: str | None
    whole: dict[str, Url]
    sources: set[str]
    leaves: bool = False  # one leaves a list by them, as their captions say

    @property
    def owner(self) -> str:
        """The registered domain, or the address, that it leads to."""
        return self.url.domain or self.url.host

    @property
    def is_inner(self) -> bool:
        """Whether all of them lead where a site's own pages do not lead to."""
        return all(map(is_inner, self.whole.values()))

    @property
    def is_click_tracker(self) -> bool:
        """Whether all of them are a mail service's click-tracking links, on a host name of its customer."""
        return all(map(is_click_tracker, self.whole.values()))

    @property
    def purpose(self) -> Purpose:
        """What the links are for, by what they were before they were cut; a mere link if all are that."""
        every = (purpose(url, frozenset(self.sources)) for url in self.whole.values())
        return next((one for one in every if one != "link"), "unsubscribe" if self.leaves else "link")


class Links:
    """The links of a message, put together by their normalised form."""

    def __init__(self, mentions: Mentions, trackers: Trackers, lists: Lists = SHIPPED) -> None:
        self.problem: str | None = None  #: what was not judged
        self.words: list[Words] = []  #: of the texts that were searched
        self.leaving: set[str] = set()  #: links by which one leaves a list, as their captions say
        self.lists = lists
        self._mentions = mentions
        self._trackers = trackers
        self._cuttable = MAX_CUT_CHARS
        self._searchable = MAX_SEARCHED_CHARS
        self._judgeable = MAX_JUDGED_CHARS
        self._seen: dict[str, _Seen] = {}

    def add_all(self, links: Iterator[Found]) -> None:
        """Takes each link, and what it wraps, as long as there is room."""
        for url, source in links:
            if len(self._seen) >= MAX_URLS:
                self.problem = f"more than {MAX_URLS} different links: the rest was not judged"
                break
            self._judgeable -= len(url.text)
            if self._judgeable < 0:
                self.problem = f"more than {MAX_JUDGED_CHARS} characters of links: the rest was not judged"
                break
            inner = unwrapped(url, self.lists)
            within = f"{source}:unwrapped" if source in _FOLLOWED else source  # a wrapped picture is a picture
            leads_to = None if inner is None else self._add(inner, within, None)
            self._add(url, source, leads_to)

    def _add(self, url: Url, source: str, leads_to: str | None) -> str:
        cut = for_anybody(url, self._trackers)
        self._searchable -= len(url.text)
        if self._searchable < 0:
            self.problem = f"more than {MAX_SEARCHED_CHARS} characters of links: the rest was not searched"
            cut = None
        elif self._mentions(url.text):
            self._cuttable -= len(url.text)
            cut = cut_before(url, self._mentions) if self._cuttable >= 0 else None
        kept = cut or url
        seen = self._seen.setdefault(kept.text, _Seen(kept, cut is None, leads_to, {}, set()))
        seen.whole[url.text] = url
        seen.sources.add(source)
        return kept.text

    def settle_leaving(self) -> None:
        """Links that say that one leaves a list by them are there for that, beside another that may be the lure."""
        leaving = [seen for seen in self._seen.values() if self.leaving.issuperset(seen.whole)]
        others = (seen for seen in self._seen.values() if not self.leaving.issuperset(seen.whole))
        if any(seen.purpose == "link" and _may_lure(seen.url) and seen.sources & _OWN_LURES for seen in others):
            for seen in leaving:
                seen.leaves = True

    def settle_quotes(self, *, answers: bool, files: bool) -> None:
        """A quoted link is one like others where the message `answers` none, or has no other lure.

        `files` come with it: one may be the lure.
        """
        lures = (
            seen for seen in self._seen.values() if seen.purpose == "link" and _QUOTED.keys().isdisjoint(seen.sources)
        )
        if answers and (files or any(_may_lure(seen.url) for seen in lures)):
            return
        for seen in self._seen.values():
            seen.sources = {_QUOTED.get(source, source) for source in seen.sources}

    def settle_captions(self) -> None:
        """What text says too of a domain that captions name, and to which no link leads, is a caption's word."""
        linked = {seen.owner for seen in self._seen.values() if not seen.sources <= _NOT_FOLLOWED}
        named = {seen.owner for seen in self._seen.values() if "html:caption" in seen.sources} - linked
        for seen in self._seen.values():
            if seen.owner in named and not seen.sources.isdisjoint(_SAID):
                seen.sources.add("html:caption")

    def settle_documents(self) -> None:
        """Links of documents stand beside a lure where the message itself has one: such a document may be a decoy."""
        links = [seen for seen in self._seen.values() if seen.purpose == "link" and _may_lure(seen.url)]
        if all(seen.sources.isdisjoint(_OWN_LURES) for seen in links):
            return
        for seen in self._seen.values():
            if not seen.sources.isdisjoint(_IN_DOCUMENTS):
                seen.sources = (seen.sources - _IN_DOCUMENTS) | _BESIDE

    def named_by_spam(self, own: frozenset[str]) -> bool:
        """Whether a recipient's name leads somewhere: to no host of his `own`, and where anybody may have a page."""
        named = (seen.url for seen in self._seen.values() if TO_NAME in seen.sources)
        return any(_may_lure(url) and not is_below_any(url.host, own) for url in named)

    def urls(self) -> tuple[SeenUrl, ...]:
        """As evidence, in the message's order: part by part, links before what stands in text."""
        return tuple(
            SeenUrl(seen.url, tuple(sorted(seen.sources)), seen.purpose, seen.leads_to, seen.names_recipient)
            for seen in self._seen.values()
        )

    def hosts(self) -> Iterator[tuple[str, str]]:
        """Each host name with a source; that of a picture is a picture's, although a text part may name it too."""
        for seen in self.urls():
            if seen.url.address is None:
                yield from ((seen.url.host, source) for source in _sources_of_host(seen))

    def inner(self) -> frozenset[str]:
        """The domains of which all links lead into inner folders."""
        return self._only(lambda seen: seen.is_inner)

    def click_trackers(self) -> frozenset[str]:
        """The domains of which all links are a mail service's click trackers."""
        return self._only(lambda seen: seen.is_click_tracker)

    def _only(self, is_such: Callable[[_Seen], bool]) -> frozenset[str]:
        links = [seen for seen in self._seen.values() if seen.purpose == "link"]
        linked = [(domain, is_such(seen)) for seen in links if (domain := seen.url.domain) is not None]
        others = {domain for domain, such in linked if not such}
        return frozenset(domain for domain, _ in linked) - others


def _may_lure(url: Url) -> bool:
    """Whether anybody may have a page there: not where a known name has all its pages made itself."""
    entry = SHIPPED.known_link(url.host, url.path)
    return entry is None or entry.listed_in not in {"well_known", "freemail"} or entry.kind in {"edu", "gov"}


def _sources_of_host(seen: SeenUrl) -> tuple[str, ...]:
    if seen.purpose == "picture":
        return ("html:img",)
    return ("list_unsubscribe",) if is_list_page(seen.url) else seen.sources
