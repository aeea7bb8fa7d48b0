"""What can be configured of lists beside Spamhaus's: zones of one's own or of other operators, and our own blocklist as
the milter meets it.

Sources: RFC 5782, 2.1 (answers in 127.0.0.0/8) and 5 (test points).
"""

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from trapline.config.names import MAX_DOMAIN_LENGTH, literal_address
from trapline.config.reply_text import LONGEST_ADDRESS, PLACEHOLDERS, check_length, one_line
from trapline.config.section import Section
from trapline.config.values import Codes, DomainText, Nameservers, PointText, a_list, codes

BLOCKLIST = "blocklist"  #: what the milter calls its own file, as if it were a zone

MAX_NAME_LENGTH = 20  #: characters of a zone's name: it stands in each reply and is the label of metrics

OwnAction = Literal["reject", "tempfail", "log"]  #: not `tag`: that header says what Spamhaus says
Asked = Literal["address", "helo", "mail_from"]

_TAKEN = ("zen", "dbl", "zrd", "authbl", "dnswl", BLOCKLIST)
_NO_CODES: frozenset[int] = frozenset()
_LISTING_CODES = frozenset(range(2, 255))  # 127.0.0.1 is none (RFC 5782, 2.3); some operators refuse by it

_REVERSED_V6 = 64  # characters of an IPv6 address in nibbles, with the dots

_LOOPBACK = IPv4Network("127.0.0.0/8")
_ERRORS = IPv4Network("127.255.255.0/24")


def _name(name: str) -> str:
    if not re.fullmatch(rf"[a-z](?:[a-z0-9-]{{0,{MAX_NAME_LENGTH - 2}}}[a-z0-9])?", name):
        raise ValueError(f"expected lower-case letters, digits and hyphens, {MAX_NAME_LENGTH} at most")
    if name in _TAKEN:
        raise ValueError(f'"{name}" is taken: choose another name for the zone')
    return name


def _network(value: object) -> str:
    try:
        network = IPv4Network(value) if isinstance(value, str) else None
    except ValueError:
        network = None
    if network is None or network.prefixlen != 24 or not network.subnet_of(_LOOPBACK) or network == _ERRORS:
        raise ValueError('expected the /24 network of the zone\'s answers, in 127.0.0.0/8, such as "127.0.0.0/24"')
    return str(network)


def _origin(name: str) -> str:
    if len(name) > MAX_DOMAIN_LENGTH - _REVERSED_V6:
        raise ValueError(
            f"too long: an IPv6 address in front of it takes {_REVERSED_V6} of {MAX_DOMAIN_LENGTH} characters"
        )
    return name


def _some_codes(value: object) -> frozenset[int]:
    return _NO_CODES if value == [] else codes(value)


def _reply(value: object) -> str:
    return "" if value == "" else one_line(value, PLACEHOLDERS)


def _link(value: object) -> str:
    if value == "":
        return ""
    link = one_line(value, ("object",))
    parts = urlsplit(link)
    if " " in link or not (parts.scheme in {"https", "http"} and parts.hostname and "{" not in parts.netloc):
        raise ValueError('expected a URL, such as "https://mx.example.com/blocked?{object}", or "" for none')
    return link


ReplyText = Annotated[str, BeforeValidator(_reply)]
LinkText = Annotated[str, BeforeValidator(_link)]
SomeCodes = Annotated[frozenset[int], BeforeValidator(_some_codes)]
Network24 = Annotated[str, BeforeValidator(_network)]


class OwnBlocklist(Section):
    """What the milter makes of our own blocklist's file."""

    first: OwnAction = "tempfail"
    repeated: OwnAction = "reject"
    reply: ReplyText = ""
    link: LinkText = ""

    @property
    def text(self) -> str:
        """What a refused client is told."""
        return self.reply or _with_link("Service unavailable; client [{object}] sent spam to this server", self.link)

    @model_validator(mode="after")
    def _reply_fits(self) -> "OwnBlocklist":
        _check_reply(self.reply, self.text, self.link, LONGEST_ADDRESS, BLOCKLIST)
        return self


class OwnZone(Section):
    """A zone of one's own or of another operator. Its domain may hold a key: it is shown nowhere."""

    domain: Annotated[DomainText, AfterValidator(_origin)] = Field(repr=False)
    asks: Annotated[tuple[Asked, ...], BeforeValidator(a_list), Field(min_length=1)] = ("address",)
    network: Network24 = "127.0.0.0/24"
    codes: Codes = _LISTING_CODES
    action: OwnAction = "reject"
    reject_codes: SomeCodes = _NO_CODES
    tempfail_codes: SomeCodes = _NO_CODES
    log_codes: SomeCodes = _NO_CODES
    reply: ReplyText = ""
    link: LinkText = ""
    test_listed: PointText | None = None
    test_unlisted: PointText | None = None
    nameservers: Nameservers | tuple[()] = ()

    @property
    def text(self) -> str:
        """What a refused client is told."""
        return self.reply or _with_link("Service unavailable; [{object}] is listed in {zone}", self.link)

    @property
    def actions(self) -> dict[int, OwnAction]:
        """What each code leads to; those that count are its keys."""
        found: dict[int, OwnAction] = dict.fromkeys(self.codes, self.action)
        for action, some in self._by_action():
            found.update(dict.fromkeys(some, action))
        return found

    @property
    def test_points(self) -> tuple[str, str]:
        """What it must list, and what it must not; "" where that is not tested. By default those of RFC 5782, 5."""
        defaults = ("127.0.0.2", "127.0.0.1") if "address" in self.asks else ("test", "invalid")
        given = (self.test_listed, self.test_unlisted)
        listed, unlisted = (default if one is None else one for one, default in zip(given, defaults, strict=True))
        return listed, unlisted

    def _by_action(self) -> tuple[tuple[OwnAction, frozenset[int]], ...]:
        return ("reject", self.reject_codes), ("tempfail", self.tempfail_codes), ("log", self.log_codes)

    @model_validator(mode="after")
    def _one_action_a_code(self) -> "OwnZone":
        every = [code for _, some in self._by_action() for code in some]
        twice = sorted({code for code in every if every.count(code) > 1})
        if twice:
            raise ValueError(f"reject_codes, tempfail_codes, log_codes: code {twice[0]} is in two of them")
        return self

    @model_validator(mode="after")
    def _test_points_fit(self) -> "OwnZone":
        """A zone of addresses is tested by addresses, a zone of domains by domains."""
        for key, point in (("test_listed", self.test_listed), ("test_unlisted", self.test_unlisted)):
            kinds = {one == "address" for one in self.asks}
            if point and (literal_address(point) is not None) not in kinds:
                expected = "an IP address" if kinds == {True} else "a domain name"
                raise ValueError(f'{key} = "{point}": expected {expected}, or "" for no such test')
        return self

    @model_validator(mode="after")
    def _reply_fits(self) -> "OwnZone":
        longest = LONGEST_ADDRESS if set(self.asks) == {"address"} else MAX_DOMAIN_LENGTH
        _check_reply(self.reply, self.text, self.link, longest, "x" * MAX_NAME_LENGTH)
        return self


def _with_link(text: str, link: str) -> str:
    return text + "; see {link}" if link else text


def _check_reply(reply: str, text: str, link: str, longest: int, zone: str) -> None:
    if "{link}" in reply and not link:
        raise ValueError("reply has {link}, but link is not set")
    check_length(text, longest, zone=zone, link=link)


OwnZones = dict[Annotated[str, AfterValidator(_name)], OwnZone]
