"""Tokens by which a sender knows a recipient: the same odd word in several places of one message.

No address is in them, but the sender's own lists tie them to the trap. What counts as one is a guess, a careful one: a
word with digits, or of mixed case, that stands where senders put the recipient's number (MAIL FROM, as VERP has it,
List-Unsubscribe, Message-ID, Feedback-ID, X-… fields) and in a link, or in two of those places; or a value that several
links have. A link is kept up to the part before the token; elsewhere the token is crossed out.

Pure. Where an address is in a token, in whatever form, redaction/ finds it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from trapline.reporter.evidence.shared_hosts import is_shared
from trapline.reporter.evidence.urls import Url, normal

MAX_LINKS = 2_000  #: of one message that are looked at
MAX_TOKENS = 500
MAX_FIELD_BYTES = 8_000  #: of one field that are looked at
MANY_LINKS = 3  #: that have a word in their path in common: then it is no page's

_FIELDS = frozenset(
    {"list-unsubscribe", "message-id", "feedback-id", "return-path", "errors-to", "reply-to", "sender"}
    | {"list-id", "in-reply-to", "references", "require-recipient-valid-since", "cfbl-address", "cfbl-feedback-id"}
)
_LINK = re.compile(rb"https?://[^\s<>\"'\\]{1,8000}", re.IGNORECASE)
_AUTHORITY = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_HOST = re.compile(rb"@[\w.-]+|\b(?:[\w-]+\.)+[A-Za-z]{2,24}\b")
_WORD = re.compile(rb"[A-Za-z0-9]{6,200}")
_WHOLE_WORD = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z0-9]{6,200}(?![A-Za-z0-9])")
_VALUE = re.compile(rb"=([\w.~%+-]{6,500})")
_BORDER = re.compile(rb"[/?&;#=]")
_ODD = re.compile(
    rb"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{6,}"  # 8fe21c
    rb"|(?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9])[0-9]{6,}"  # 1234567, but no date
    rb"|(?=(?:[A-Za-z]*?[a-z][A-Z]){3})[A-Za-z]{12,}"  # dHJhcEBteCxleGFt, not FreeSoftware
)


class Trackers:
    """The tokens of one message."""

    def __init__(self, tokens: Iterable[bytes]) -> None:
        self.tokens = frozenset(islice(sorted(tokens), MAX_TOKENS))

    def are_in(self, raw: bytes) -> bool:
        """Whether one of them is in `raw`."""
        return bool(self.tokens) and not self.tokens.isdisjoint(_WHOLE_WORD.findall(raw))

    def cut(self, raw: bytes, sign: bytes = b"X") -> bytes:
        """`raw` without them: links up to the part before the first, of other words each letter replaced by `sign`."""
        if not self.are_in(raw):
            return raw
        raw = _LINK.sub(lambda match: self.cut_link(match.group()), raw)
        return _WHOLE_WORD.sub(lambda word: self._crossed_out(word.group(), sign), raw)

    def cut_link(self, link: bytes) -> bytes:
        """`link` up to the part before the first of them that stands behind its host."""
        authority = _AUTHORITY.match(link)
        if not authority or not self.are_in(link):
            return link
        words = _WHOLE_WORD.finditer(link, authority.end())
        first = next((word.start() for word in words if word.group() in self.tokens), None)
        if first is None:
            return link
        borders = [border.end() for border in _BORDER.finditer(link, authority.end(), first)]
        return link[: borders[-1]] if borders else link[: authority.end()]

    def _crossed_out(self, word: bytes, sign: bytes) -> bytes:
        return sign * len(word) if word in self.tokens else word


NO_TRACKERS = Trackers(())


def of_sender(mail_from: str | None, fields: Iterable[tuple[str, bytes]]) -> Trackers:
    """The tokens that make a link one recipient's, as far as MAIL FROM and the header show them."""
    return Trackers(set().union(*_in_fields(mail_from, fields)))


def of_message(mail_from: str | None, fields: Iterable[tuple[str, bytes]], texts: Iterable[bytes]) -> Trackers:
    """All tokens of a message, for its sample; `texts` are those of its parts, decoded."""
    links = list(islice({link: None for text in texts for link in _LINK.findall(text)}, MAX_LINKS))
    behind = [link[_AUTHORITY.match(link).end() :] for link in links]  # type: ignore[union-attr]
    places = [*_in_fields(mail_from, fields), set().union(*map(_odd_words, links))]
    tied = {word for word, count in Counter(word for place in places for word in place).items() if count > 1}
    values = Counter(word for rest in behind for value in set(_VALUE.findall(rest)) for word in _odd_words(value))
    paths = Counter(word for rest in behind for word in _odd_words(rest.partition(b"?")[0]))
    tied |= {word for word, count in values.items() if count > 1}
    tied |= {word for word, count in paths.items() if count >= MANY_LINKS}
    return Trackers(tied)


def for_anybody(url: Url, trackers: Trackers) -> Url | None:
    """`url` up to the part before the first token; None where that part of a shared host would be nobody's page."""
    cut = trackers.cut_link(url.text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    if cut == url.text:
        return url
    shorter = normal(cut)
    return None if shorter is None or (is_shared(url) and shorter.path != url.path) else shorter


def _in_fields(mail_from: str | None, fields: Iterable[tuple[str, bytes]]) -> list[set[bytes]]:
    """The odd words of each place where senders put the recipient's number: MAIL FROM, and the fields of `fields`."""
    local = (mail_from or "").rpartition("@")[0].encode("utf-8", "surrogateescape")
    telling = (value[:MAX_FIELD_BYTES] for name, value in fields if name in _FIELDS or name.startswith("x-"))
    return [_odd_words(local), *(_odd_words(_without_hosts(value)) for value in telling)]


def _odd_words(raw: bytes) -> set[bytes]:
    return {word for word in _WORD.findall(raw) if _ODD.fullmatch(word)}


def _without_hosts(value: bytes) -> bytes:
    """A field without the hosts in it, which are a server's and no recipient's."""
    return _HOST.sub(b" ", _AUTHORITY.sub(b" ", value))
