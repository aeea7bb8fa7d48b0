"""How much a submission is worth: the day's budget is spent on the best evidence first.

Pure: queue.py orders by the weight. What no zone listed when it hit the trap is news to everybody; a mail sample lets
an analyst judge for himself; an authenticated domain took responsibility for the message; the rest may be known already
or be an innocent bystander. Evidence of a message that also went to people is worth half: a list that merely has a trap
on it looks like that; so is what one person filed as junk. What a client sent beyond its share of the day
(shares.py) goes last.
"""

from trapline.config.names import is_below
from trapline.dnsbl.zones import ADDRESS_ZONES, DOMAIN_ZONES
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Indicator
from trapline.spool.envelope import Envelope

UNLISTED, SAMPLE, AUTHENTICATED, REST, LAST = 80, 60, 40, 20, 1


def weight(indicator: Indicator, envelope: Envelope, auth: Authentication | None) -> int:
    """What `indicator` of the message caught as `envelope` says is worth: more goes first."""
    doubtful = envelope.mixed or envelope.role == "junk"
    return _pure(indicator, envelope, auth) // (2 if doubtful else 1)


def _pure(indicator: Indicator, envelope: Envelope, auth: Authentication | None) -> int:
    if indicator.kind == "email":
        return SAMPLE
    if _unlisted(indicator, envelope):
        return UNLISTED
    if indicator.kind == "domain" and auth is not None and auth.covers(indicator.value):
        return AUTHENTICATED
    return REST


def _unlisted(indicator: Indicator, envelope: Envelope) -> bool:
    """Whether Spamhaus's zones were asked about it when it hit the trap, all answered, and none lists it.

    The milter asks about the client, HELO and MAIL FROM; about anything else in a message nothing is known.
    """
    asked = {"ip": ("client", ADDRESS_ZONES), "domain": ("mail_from", DOMAIN_ZONES)}.get(indicator.kind)
    if envelope.source != "milter" or asked is None or asked[0] not in indicator.sources:
        return False
    listings = (listing for listing in envelope.listings if listing.zone in asked[1])  # not by our own
    listed = any(is_below(listing.object, indicator.value) for listing in listings)
    return not listed and not set(asked[1]).intersection(envelope.unanswered)
