"""Taking our own addresses out of what is sent to others.

Plain addresses, in any case and with the `@` encoded as mail has it, are replaced by a placeholder that is an address
too and the same one each time; digests, base64 and the like by those of the placeholder (coded_forms.py). So are a
recipient's local part where it is written as a name ("Dear Jane Doe"), and the domain alone. What is disguised
otherwise is found (parsing/recipient_forms.py) and cut out: of a link the part before it is kept. Where even then an
address of ours is left (`Redactor.leaks`), the text is not sent at all.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import islice
from urllib.parse import unquote

from trapline.config.errors import TraplineError
from trapline.config.names import address, bare_path, is_below_any
from trapline.reporter.evidence.trackers import NO_TRACKERS, Trackers
from trapline.reporter.parsing.address_forms import MIN_LOCAL_CHARS, in_own_letters
from trapline.reporter.parsing.recipient_forms import is_telling, mentions_recipient
from trapline.reporter.redaction.coded_forms import CodedForms
from trapline.reporter.redaction.mention_cutting import without_mentions

MAX_ADDRESSES = 100  #: that are looked for in one message; a search for each costs time
SHORTEST_NAME = 6  #: letters of a local part that is looked for as a name
MAX_REMEMBERED = 20  #: texts of one message: a part that was looked through stands in the whole unchanged
MAX_CANDIDATES = 5_000  #: things that look like an address in one message

PLACEHOLDER_DOMAIN = "redacted.invalid"  #: RFC 2606, 2: nobody's, ever

#: Fields that name recipients, for each of which all addresses are replaced: they are people's.
RECIPIENT_FIELDS = frozenset(
    {"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "delivered-to", "x-delivered-to", "envelope-to"}
    | {"x-envelope-to", "x-original-to", "original-recipient", "final-recipient", "apparently-to", "x-rcpt-to"}
    | {"x-forwarded-to", "x-forwarded-for", "x-google-original-to", "x-resolved-to", "x-envelope-recipient"}
)

_AT_SIGN = re.compile(rb"@|%40|=40|&#64;|&#x40;", re.IGNORECASE)
_DOMAIN = re.compile(rb"[A-Z0-9.\x80-\xff-]{1,253}", re.IGNORECASE)
_LETTERS = bytes(range(0x80, 0x100)) + b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_OF_A_LOCAL_PART = _LETTERS + b".!#$&*+/?^_`{|}~%'=-"
_LONGEST_LOCAL_BYTES = 128
_AT = rb"(@|%40|%2540|=40|=|&#64;|&#x40;|&commat;|\(at\)|\[at\]|_at_|-at-|#)"
_BETWEEN = rb"[ ._+,/-]{0,2}"

IsOurs = Callable[[str], bool]


class TooManyAddressesError(TraplineError):
    """There are more addresses in a message than can be looked for in time."""

    def __init__(self) -> None:
        super().__init__("too many addresses in one message to take ours out of it")


class Redactor:
    """Takes certain addresses out of texts. Their order makes their placeholders."""

    def __init__(
        self,
        recipients: Iterable[str],
        others: Iterable[str] = (),
        trackers: Trackers = NO_TRACKERS,
        *,
        erase: bool = False,
    ) -> None:
        """`recipients` are known by their local part alone, too; `others` are not: "support" is everybody's word.

        `trackers` are tokens that tell a recipient without naming him. `erase`: nothing is put in the place of what is
        taken out, and what is encoded is cut. Raises TooManyAddressesError.
        """
        self._trackers = trackers
        self._erase = erase
        self._domain_instead = b"" if erase else PLACEHOLDER_DOMAIN.encode()
        written = list(recipients)
        known = list(dict.fromkeys(str(address(text)) for text in written))
        more = [one for one in dict.fromkeys(str(address(text)) for text in others) if one not in known]
        if len(known) + len(more) > MAX_ADDRESSES:
            raise TooManyAddressesError
        self._patterns = _patterns(known, more)
        domains = dict.fromkeys(domain for one in (*known, *more) if is_telling(domain := one.rpartition("@")[2]))
        self._domains = [(_host(domain), _within(domain), _in_any_spelling(domain)) for domain in domains]
        self._in_each = [_in_any_spelling(one.rpartition("@")[0]) for one in (*known, *more)]
        whole_domains = [(domain, PLACEHOLDER_DOMAIN) for domain in domains]
        self._coded = CodedForms([*_stand_ins(written, known, more), *whole_domains])
        self._leaks = lru_cache(MAX_REMEMBERED)(mentions_recipient(written, more))
        self._cuts = mentions_recipient(written, more, (one for one in domains if len(one) >= SHORTEST_NAME))

    def redact(self, raw: bytes) -> bytes:
        """`raw` with every address replaced, plain or encoded, whatever the case it is written in."""
        plain = self._plainly(raw)
        return plain if self._erase else self._coded.redact(plain, self._plainly)

    def redact_field(self, raw: bytes) -> bytes:
        """As `redact`, and without the tokens that tell a recipient."""
        return self._trackers.cut(self.redact(raw), b"" if self._erase else b"X")

    def redact_and_cut(self, raw: bytes) -> bytes:
        """As `redact_field`, and what is left of an address in any disguise is cut out."""
        raw = self.redact_field(raw)
        text = raw.decode("utf-8", "surrogateescape")
        if not self._cuts(text):
            return raw
        cut = without_mentions(text, self._cuts, "") if self._erase else without_mentions(text, self._cuts)
        return cut.encode("utf-8", "surrogateescape")

    def _plainly(self, raw: bytes) -> bytes:
        lowered = raw.lower()
        for pattern, number in self._patterns:
            if self._in_each[number - 1] in lowered:
                raw = pattern.sub(b"" if self._erase else partial(_as_found, number), raw)
        for host, within, in_it in self._domains:
            if in_it in lowered:
                raw = host.sub(self._domain_instead, raw)
                raw = within.sub(self._domain_instead.replace(b".", b"-"), raw)
        return raw

    def leaks(self, text: str) -> bool:
        """Whether one of the addresses is in `text`, in any form that we know of."""
        return self._leaks(text)

    def names(self, text: str) -> bool:
        """Whether there is something in `text` that is to be taken out: an address, its local part, its domain."""
        raw = text.encode("utf-8", "replace")
        return self._leaks(text) or self.redact(raw) != raw

    def tells(self, text: str) -> bool:
        """Whether an address or a token is in `text`."""
        return self._leaks(text) or self._trackers.are_in(text.encode("utf-8", "surrogateescape"))


def addresses_of_ours(raw: bytes, is_ours: IsOurs) -> list[str]:
    """The addresses in `raw` that are ours: traps and people of our domains, each once, in order.

    Raises TooManyAddressesError: more than MAX_CANDIDATES to look at.
    """
    found: dict[str, None] = {}
    for count, sign in enumerate(_AT_SIGN.finditer(raw)):
        if count >= MAX_CANDIDATES:
            raise TooManyAddressesError
        before = raw[max(0, sign.start() - _LONGEST_LOCAL_BYTES) : sign.start()]
        local = before[len(before.rstrip(_OF_A_LOCAL_PART)) :].decode("utf-8", "surrogateescape")
        domain = _DOMAIN.match(raw, sign.end())
        if local and domain:
            texts = (f"{one}@{domain[0].decode('utf-8', 'surrogateescape').strip('.-')}" for one in _possible(local))
            found |= dict.fromkeys(str(address(text)) for text in islice(filter(is_ours, texts), 1))
    return list(found)


def ours(is_trap: IsOurs, domains: frozenset[str]) -> IsOurs:
    """Whether an address is one that must not leave: a trap, or anybody in `domains` or below them."""

    def is_ours(text: str) -> bool:
        return is_trap(text) or is_below_any(address(text).domain, domains)

    return is_ours


def _possible(text: str) -> tuple[str, ...]:
    """What the local part may be, shortest first: in a URL it follows an `=`, as in `?user=anna@mx.example`."""
    plain = unquote(text)
    return re.split(r"[=/&?#%]", plain)[-1], plain, text


def _patterns(known: Sequence[str], more: Sequence[str]) -> list[tuple[re.Pattern[bytes], int]]:
    """What is replaced, with the number of its placeholder: whole addresses first, then what else names the `known`."""
    whole = [(_whole(one), number) for number, one in enumerate((*known, *more), 1)]
    alone = [(_alone(one), number) for number, one in enumerate(known, 1) if _stands_alone(one)]
    names = [(name, number) for number, one in enumerate(known, 1) if (name := _as_a_name(one))]
    return [*whole, *alone, *names]


def _stand_ins(written: Sequence[str], known: Sequence[str], more: Sequence[str]) -> list[tuple[str, str]]:
    """What stands in the place of addresses that are encoded, as they are `written` too; and of the `known` alone."""
    whole = [
        (spelling, f"recipient-{number}@{PLACEHOLDER_DOMAIN}")
        for number, one in enumerate((*known, *more), 1)
        for spelling in {one, *(bare_path(text) for text in written if str(address(text)) == one)}
    ]
    alone = [
        (spelling.rpartition("@")[0], instead.partition("@")[0])
        for spelling, instead in whole
        if str(address(spelling)) in known and _stands_alone(spelling)
    ]
    return [*whole, *alone]


def _whole(one: str) -> re.Pattern[bytes]:
    local, _, domain = one.rpartition("@")
    return re.compile(_escaped(local) + _AT + _spellings(domain), re.IGNORECASE)


def _alone(one: str) -> re.Pattern[bytes]:
    return re.compile(_escaped(one.rpartition("@")[0]), re.IGNORECASE)


def _as_a_name(one: str) -> re.Pattern[bytes] | None:
    """The local part as a greeting writes it: its pieces with other signs between them, the number at its end or not.

    None where it has but one piece: any word would be one.
    """
    pieces = re.findall(r"[^._+-]+", one.rpartition("@")[0])
    if len(pieces) < 2 or sum(map(len, pieces)) < SHORTEST_NAME:
        return None
    last = pieces[-1].rstrip("0123456789")
    words = [re.escape(piece.encode("utf-8", "surrogateescape")) for piece in (*pieces[:-1], last)]
    words[-1] += rb"(?:" + re.escape(pieces[-1][len(last) :].encode()) + rb")?"
    name, turned = _BETWEEN.join(words), _BETWEEN.join(words[::-1])  # Jane Doe; Doe, Jane
    return re.compile(rb"(?<![^\W_])(?:" + name + rb"|" + turned + rb")(?![^\W_])", re.IGNORECASE)


def _host(domain: str) -> re.Pattern[bytes]:
    """`domain`, and any host below it."""
    start = rb"(?:(?<![A-Z0-9.-])|(?<=%[0-9A-F][0-9A-F]))(?:[\w-]{1,63}\.){0,10}"
    return re.compile(start + _spellings(domain) + rb"(?![\w-])", re.IGNORECASE)


def _within(domain: str) -> re.Pattern[bytes]:
    """`domain` as a part of another name, with dots or without: `mx.example-17`, `jane-mx-example-com.pills.com`."""
    pieces = re.split(r"[.-]", domain)
    written = rb"[-._]".join(_escaped(piece) for piece in pieces)
    return re.compile(rb"(?<![A-Z0-9])" + written + rb"(?![A-Z0-9])", re.IGNORECASE)


def _spellings(domain: str) -> bytes:
    """In A-labels, and in its own letters, which UTF-8 or latin-1 may write."""
    own = in_own_letters(domain)
    if own == domain:
        return _escaped(domain)
    latin = re.escape(own.encode("latin-1", "replace"))
    return rb"(?:" + _escaped(domain) + rb"|" + _escaped(own) + rb"|" + latin + rb")"


def _in_any_spelling(text: str) -> bytes:
    """What stands in every spelling of `text` in lower case; to see quickly that there is none."""
    plain = text.isascii() and "xn--" not in text
    return max(re.findall(r"[a-z]+", text), key=len, default="").encode() if plain else b""


def _escaped(text: str) -> bytes:
    """Each character as itself, or percent-encoded, or with VERP's code."""
    raw = text.encode("utf-8", "surrogateescape")
    return b"".join(
        re.escape(bytes([byte]))
        if bytes([byte]).isalnum()
        else b"(?:%s|(?:%%|\\+|%%2B)%02X)" % (re.escape(bytes([byte])), byte)
        for byte in raw
    )


def _stands_alone(one: str) -> bool:
    """Whether the local part says who it is by itself; the same rule as in parsing/address_forms.py."""
    return len(one.rpartition("@")[0]) >= MIN_LOCAL_CHARS


def _as_found(number: int, match: re.Match[bytes]) -> bytes:
    """The placeholder with the `@` as it was written; its local part alone where that stood alone."""
    local = b"recipient-%d" % number
    return local + match[1] + PLACEHOLDER_DOMAIN.encode() if match.re.groups else local
