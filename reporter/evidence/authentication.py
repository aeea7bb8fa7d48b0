"""What our own server found when it checked SPF, DKIM and DMARC.

Read from the topmost Authentication-Results field whose authserv-id is configured as ours; every other one, and a raw
`d=` or Received-SPF, is the sender's word. Checking anything ourselves is not done here.
Source: RFC 8601 (the field, by the library authres), RFC 7489, 3.1 (alignment).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from authres import AuthenticationResultsHeader, AuthResError, NoneAuthenticationResult

from trapline.config.names import address, domain_name
from trapline.reporter.parsing.message import Message
from trapline.reporter.suffixes import registered_domain

MAX_FIELD_BYTES = 16_384  #: of an Authentication-Results field; a longer one is not believed
MAX_SIGNATURES = 50  #: results that are read

_NAME = "authentication-results"
_ANGLED = re.compile(r"=<([^<>\s;\"()]*)>")  # an address as SMTP writes it; RFC 8601, 2.2, has no brackets
_AUTHSERV_ID = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;\"()]+)\"?")


@dataclass(frozen=True, slots=True)
class Authentication:
    """The results that we believe, in lower case as RFC 8601 names them (`pass`, `fail`, `none`, …)."""

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    spf_domain: str | None = None  #: of MAIL FROM, where SPF passed
    dkim_domains: tuple[str, ...] = ()  #: whose signature passed
    dmarc_domain: str | None = None  #: of From, where DMARC passed

    @property
    def results(self) -> dict[str, str | None]:
        """What was found, by the method's name: as it is kept and shown."""
        return {"spf": self.spf, "dkim": self.dkim, "dmarc": self.dmarc}

    @property
    def proven(self) -> tuple[str, ...]:
        """The domains that took responsibility for the message."""
        domains = (self.spf_domain, *self.dkim_domains, self.dmarc_domain)
        return tuple(dict.fromkeys(domain for domain in domains if domain))

    def covers(self, domain: str) -> bool:
        """Whether a proven domain is aligned with `domain`: the same registered domain (relaxed mode)."""
        return any(registered_domain(proven) == registered_domain(domain) for proven in self.proven)


def authentication(
    message: Message, authserv_ids: Iterable[str], mail_from: str | None = None
) -> Authentication | None:
    """The results that our server wrote into `message`; None where it wrote none that can be read.

    Where we saw `mail_from` ourselves, SPF proves its domain and no other: a filter may copy the sender's local part as
    it stands, and that may read like a property of the field (`bank.com x`).
    """
    ours = {name.lower() for name in authserv_ids}
    for raw in message.values(_NAME) if ours else ():
        text = raw.decode("utf-8", "replace")
        name = _AUTHSERV_ID.match(text)
        if name is not None and name[1].lower() in ours:
            found = _read(text[name.end() :]) if len(raw) <= MAX_FIELD_BYTES else None
            other = mail_from and found and found.spf_domain != address(mail_from).domain
            return replace(found, spf_domain=None) if found and other else found
    return None


def _read(rest: str) -> Authentication | None:
    """The results in what stands behind the authserv-id."""
    plain = _ANGLED.sub(r"=\1", re.sub(r"\s+", " ", rest)).rstrip("; ")
    try:
        header = AuthenticationResultsHeader.parse_value(f"ours{plain}")  # authres knows no quotes around the name
    except (AuthResError, ValueError, AttributeError, IndexError, TypeError, RecursionError):
        return None  # authres raises more than its own errors for some broken fields; what can't be read proves nothing
    if any(isinstance(result, NoneAuthenticationResult) for result in header.results):
        return None  # `none` stands alone (RFC 8601, 2.2)
    results = header.results[:MAX_SIGNATURES]
    of_spf = [r for r in results if r.method == "spf"]  # of HELO and MAIL FROM, in any order: the latter counts
    spf = next((r for r in of_spf if _values(r, "smtp", "mailfrom")), next(iter(of_spf), None))
    dkim = [r for r in results if r.method == "dkim"]
    dmarc = next((r for r in results if r.method == "dmarc"), None)
    return Authentication(
        spf=_result(spf),
        dkim="pass" if any(_result(r) == "pass" for r in dkim) else next(map(_result, dkim), None),
        dmarc=_result(dmarc),
        spf_domain=_domain(spf, "smtp", "mailfrom"),
        dkim_domains=tuple(dict.fromkeys(name for r in dkim if (name := _signer(r)))),
        dmarc_domain=_domain(dmarc, "header", "from"),
    )


def _result(result: object) -> str | None:
    value = getattr(result, "result", None)
    return value.lower() if isinstance(value, str) else None


def _signer(result: object) -> str | None:
    return _domain(result, "header", "d") or _domain(result, "header", "i")


def _domain(result: object, kind: str, name: str) -> str | None:
    """The domain of the property `kind.name`, if the check passed and the property stands there once."""
    values = _values(result, kind, name) if _result(result) == "pass" else ()
    return domain_name(values[0].strip("\"' ").rpartition("@")[2]) if len(values) == 1 else None


def _values(result: object, kind: str, name: str) -> tuple[str, ...]:
    items = getattr(result, "properties", ())
    found = (str(one.value) for one in items if (one.type.lower(), one.name.lower()) == (kind, name) and one.value)
    return tuple(dict.fromkeys(found))
