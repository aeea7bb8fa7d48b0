"""Links whose caption says that one leaves a list by them ("Unsubscribe", "Hier abmelden"), wherever they lead.

Only what says nothing else counts: not "Cancel your subscription", which lures to fake shops, nor "click here" behind
such words. It is told of elements one by one, as html.py reads a page.
"""

import re
import unicodedata

from trapline.reporter.parsing.words import lowered

MAX_CAPTION_CHARS = 80  #: of a link that may be one to leave by

_LEAVE = (
    r"unsub?scribe|opt[- ]?out|remove me|be removed|unsubscription"
    r"|abmelden|abbestellen|austragen|abmeldung|afmelden|uitschrijven|afmelding|avregistrera|avmeld|meld deg av|afmeld"
    r"|(?:se |me )?d[ée]sabonner|d[ée]sabonnement|(?:se |me )?d[ée]sinscrire|d[ée]sinscription"
    r"|d[ée]sabonnez-vous|d[ée]sinscrivez-vous|dar(?:se|me)? de baja|desuscribir(?:se|me)?|date de baja"
    r"|descadastr(?:ar|e)(?:-se|-me)?|descadastro|desinscrever(?:-se)?|desinscreva-se|disiscriviti|disiscrizione"
    r"|cancellami|wypisz si[ęe]|odhl[áa]sit(?: se)?|dezabonare|dezabonea[zț][ăa]-te|leiratkoz[áa]s|leiratkozom"
    r"|abonelikten [çc]\u0131?i?k|отписаться|отписка|відписатися|配信停止|退订|退訂|수신거부"
)
_BESIDE = (
    r"click|here|please|to|now|from|this|our|these|all|future|the|list|lists|e-?mails?|mailings?|newsletters?|link"
    r"|hier|klicken|sie|bitte|vom|von|um|zu|klik|om|te|voor|deze|van|de|ici|cliquez|pour|la|aqu[íi]|haga|haz|clic"
    r"|para|clique|qui|clicca|per|tutaj|zde|om[åa]|h[äae]r|от|рассылки|здесь"
)
_SAYS_SO = re.compile(rf"(?:(?:{_BESIDE})\W{{1,3}}){{0,8}}(?:{_LEAVE})(?:\W{{1,3}}(?:{_BESIDE})){{0,8}}")


def says_to_leave(caption: str) -> bool:
    """Whether `caption` says that one leaves a list by its link, and nothing else.

    >>> says_to_leave("Click here to unsubscribe."), says_to_leave("Unsubscribe and get your money back")
    (True, False)
    """
    plain = " ".join(caption.split())
    if len(plain) > MAX_CAPTION_CHARS:
        return False
    words = lowered(unicodedata.normalize("NFKC", plain))
    return _SAYS_SO.fullmatch(words.strip(" .,:;!|<>[]()\u00bb\u203a\u2192-")) is not None


class LeavingLinks:
    """Which links of a page lead there alone, by all their captions."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()
        self._others: set[str] = set()
        self._open: str | None = None  # the link whose caption comes
        self._caption: list[str] = []
        self._chars = 0

    def start(self, tag: str, link: str | None) -> None:
        """An element begins; a picture in a link says something else."""
        if tag == "a":
            self._settle()
            self._open = link
        elif tag == "img" and self._open is not None:
            self._caption.append("\ufffc")

    def text(self, text: str) -> None:
        """Text comes, seen or not."""
        if self._open is not None and self._chars <= MAX_CAPTION_CHARS:
            self._caption.append(text)
            self._chars += len(text.strip())

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._settle()

    def found(self) -> frozenset[str]:
        """The links, as they are written."""
        self._settle()
        return frozenset(self._leaving - self._others)

    def _settle(self) -> None:
        if self._open is not None:
            (self._leaving if says_to_leave("".join(self._caption)) else self._others).add(self._open)
        self._open, self._caption, self._chars = None, [], 0
