"""What a refused client is told, as an admin may word it: the placeholders there are, and what an SMTP reply can carry.

Only what is said is configurable: the codes follow from a zone's action. Nothing about the recipient can be put in,
since a text must not tell a trap from a person, and nothing of the DQS key.
Sources: RFC 5321, 4.2 (a reply is printable US-ASCII) and 4.5.3.1.5 (its line has at most 512 octets).
"""

from collections.abc import Callable
from string import Formatter
from urllib.parse import urlsplit

CHECK_URL = "https://check.spamhaus.org"

MAX_TEXT_LENGTH = 500  #: characters: 512 octets without "550 5.7.1 " and the line's end
LONGEST_ADDRESS = 45  #: characters of an IPv6 address that carries an IPv4 one
PLACEHOLDERS = ("object", "zone", "link")

_LONGEST_ZONE = "authbl"


def filled(text: str, *, object_: str, zone: str, link: str) -> str:
    """`text` with its placeholders filled in; `link` may hold `{object}`, which has a page of its own there.

    Where the line would be too long, the link is to the site's front page, where the object can be typed in.

    >>> filled("{object} is in {zone}: {link}", object_="pills.com", zone="dbl", link="https://x.com/query/{object}")
    'pills.com is in dbl: https://x.com/query/pills.com'
    """
    whole = text.format(object=object_, zone=zone, link=link.format(object=object_))
    return whole if len(whole) <= MAX_TEXT_LENGTH else text.format(object=object_, zone=zone, link=_front(link))


def reply_text(longest_object: int) -> Callable[[object], str]:
    """A check of a configured text, whose `{object}` has at most so many characters: it returns the text.

    The check raises ValueError: not a text, an unknown placeholder, a stray brace, characters that an SMTP reply can't
    carry, or a line that could get too long.
    """

    def checked(value: object) -> str:
        text = one_line(value, PLACEHOLDERS)
        check_length(text, longest_object, zone=_LONGEST_ZONE, link=CHECK_URL)
        return text

    return checked


def one_line(value: object, placeholders: tuple[str, ...]) -> str:
    """A text that an SMTP reply can carry, with `placeholders` alone. Raises ValueError."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected a text, with the placeholders {_named(placeholders)}")
    text = value.strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("expected printable ASCII on one line: an SMTP reply carries nothing else")
    known = _named(placeholders)
    try:
        fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None]
    except ValueError:
        raise ValueError(f"a stray brace: the placeholders are {known}; write a brace itself twice") from None
    for name, spec, how in fields:
        if name not in placeholders or spec or how:
            raise ValueError(f"an unknown placeholder: known are {known}; write a brace itself twice")
    return text


def check_length(text: str, longest_object: int, *, zone: str, link: str) -> None:
    """Raise ValueError where `text` could get too long for a reply, though its link is to the site's front page."""
    length = len(text.format(object="x" * longest_object, zone=zone, link=_front(link)))
    if length > MAX_TEXT_LENGTH:
        raise ValueError(
            f"too long: {length} characters with the longest {{object}} ({longest_object}), "
            f"and a reply has room for {MAX_TEXT_LENGTH}"
        )


def _front(link: str) -> str:
    """`https://x.com` of `https://x.com/query/{object}`; a link of another kind as it stands without the object."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else link.format(object="")


def _named(placeholders: tuple[str, ...]) -> str:
    return ", ".join(f"{{{name}}}" for name in placeholders)
