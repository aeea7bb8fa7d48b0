"""DMARC: does a domain that was proven fit the one in From, as its owner asked for? (RFC 7489)

Only the record's alignment is read: what the owner wants to be done with a failure is the receiver's subject, and a
trap's mail was received.
"""

from collections.abc import Iterable

from dkim.util import InvalidTagValueList, parse_tag_value

from trapline.reporter.suffixes import registered_domain
from trapline.reporter.verification.resolver import Allowance, UnansweredError

MAX_RECORD_BYTES = 2_048


def check_dmarc(from_domain: str, spf: str | None, dkim: Iterable[str], *, unsure: bool, allowance: Allowance) -> str:
    """The result as RFC 8601 names it, for the one domain in From (lower case A-labels).

    `spf` and `dkim` are the domains that were proven; `unsure`: a check of theirs may still go well another time.
    """
    try:
        record = _record(from_domain, allowance) or _record(registered_domain(from_domain), allowance)
    except UnansweredError:
        return "temperror"
    if record is None:
        return "none"
    by_spf = spf is not None and _aligned(spf, from_domain, record.get(b"aspf"))
    if by_spf or any(_aligned(one, from_domain, record.get(b"adkim")) for one in dkim):
        return "pass"
    return "temperror" if unsure else "fail"


def _record(domain: str, allowance: Allowance) -> dict[bytes, bytes] | None:
    """The tags of a domain's record; None where there is none, or more than one (RFC 7489, 6.6.3).

    Raises UnansweredError.
    """
    found = [text for text in allowance.texts(f"_dmarc.{domain}") if text.startswith(b"v=DMARC1")]
    if len(found) != 1 or len(found[0]) > MAX_RECORD_BYTES:
        return None
    try:
        tags = parse_tag_value(found[0])
    except InvalidTagValueList:
        return None
    return tags if tags.get(b"v") == b"DMARC1" else None


def _aligned(proven: str, from_domain: str, mode: bytes | None) -> bool:
    if (mode or b"").lower() == b"s":
        return proven == from_domain
    return registered_domain(proven) == registered_domain(from_domain)
