"""What a page shows as text, and what of it is quoted or hidden. It is told piece by piece, as html.py reads a page."""

from trapline.reporter.evidence.quotes import begins


class PageText:
    """The text of one page."""

    def __init__(self) -> None:
        self.chars = 0  #: that were shown by now
        self._shown: list[str] = []
        self._captions: list[str] = []
        self._quoted: list[str] = []
        self._hidden: dict[str, list[str]] = {}  # by what hides it
        self._border: int | None = None  # how much was shown before all that is quoted

    def add(self, text: str, *, hidden: str | None, in_quote: bool, in_link: bool) -> None:
        """Adds text where it belongs; `hidden`: what hides it."""
        if hidden is not None:
            self._hidden.setdefault(hidden, []).append(text)
            return
        if in_quote:
            self._quoted.append(text)
        else:
            self._show(text)
        if in_link:
            self._captions.append(text)

    def break_line(self, *, in_link: bool) -> None:
        """A block begins or ends."""
        self._show("\n")
        if in_link:
            self._captions.append("\n")

    def begin_link(self) -> None:
        """What follows is the caption of a link, and no part of the word before."""
        self._show(" ")

    def end_link(self) -> None:
        """What follows is none of the caption."""
        self._show(" ")
        self._captions.append("\n")

    @property
    def has_border(self) -> bool:
        """Whether `quote_rest` was said."""
        return self._border is not None

    def quote_rest(self) -> None:
        """All that follows is quoted."""
        self._border = self.chars
        self._show("\n")

    def border(self) -> int | None:
        """How much was shown before all that is quoted, by an element or a mark in the text; None where nothing is."""
        borders = (self._border, begins("".join(self._shown)))
        return min((at for at in borders if at is not None), default=None)

    def shown(self, border: int | None) -> str:
        """What a person sees, down to `border`."""
        return "".join(self._shown)[:border]

    def quoted(self, border: int | None) -> str:
        """What is quoted in elements, and below `border`."""
        quoted = " ".join(self._quoted)
        return quoted if border is None else f"{quoted}\n{''.join(self._shown)[border:]}"

    def captions(self) -> str:
        """What is the text of a link."""
        return "".join(self._captions)

    def hidden(self) -> str:
        """What nobody sees."""
        return " ".join("".join(pieces) for pieces in self._hidden.values())

    def hidden_by(self) -> tuple[str, ...]:
        """What hides it, in order."""
        return tuple(how for how, pieces in self._hidden.items() if any(map(str.strip, pieces)))

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self.chars += len(text)
