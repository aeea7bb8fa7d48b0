"""Which links of a page show nothing: no word, no picture, no box. Nobody sees them, so nobody is lured by one.

It is told of elements one by one, as html.py reads them. In doubt a link counts as seen.
"""

from trapline.reporter.evidence.surroundings import CLOSING

_SHOWN = frozenset({"html:a", "html:quoted"})


class BareLinks:
    """Marks in `links`, as they grow, those that showed nothing as hidden."""

    def __init__(self, links: list[tuple[str, str]]) -> None:
        self._links = links
        self._open: int | None = None  # the first link of the `<a>` that we are in, as long as it has shown nothing
        self._closed: int | None = None  # likewise, of the one that was just closed

    def start(self, tag: str, *, is_box: bool, may_show: bool) -> None:
        """An element begins; `is_box`: a block or a picture, which is seen; `may_show`: a link that may be."""
        if tag in CLOSING:
            self._closed = None
        self.settle()
        if tag == "a":
            self._open = None if may_show else len(self._links)
        elif is_box:
            self._open = None

    def text(self, *, seen: bool) -> None:
        """Text comes; `seen`: it has a word that is not hidden."""
        self.settle()
        if seen:
            self._open = None

    def end(self, tag: str) -> None:
        """An element ends."""
        self.settle()
        if tag == "a":
            self._closed, self._open = self._open, None

    def settle(self) -> None:
        """What was just closed is closed for good."""
        if self._closed is not None:
            rest = self._links[self._closed :]
            self._links[self._closed :] = [(link, "html:hidden" if at in _SHOWN else at) for link, at in rest]
            self._closed = None
