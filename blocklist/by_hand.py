"""What a person may do to the list: put a network on it, take it off, hold it.

Pure. A person's word goes before the rules of listing.py, but not before these: nobody lists what is no single
network of somebody else's on the Internet, and what is wide needs to be said twice.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network, ip_address, ip_network
from typing import ClassVar

from trapline.blocklist.entry import V6_PREFIX, Entry, listed_network
from trapline.blocklist.listing import Kept, length
from trapline.config.blocklist import Blocklist
from trapline.config.errors import TraplineError
from trapline.config.names import is_public_network
from trapline.config.networks import Network, NetworkSet

WIDEST = {4: 16, 6: 32}  #: prefixes; what is wider has to be forced


class RefusedError(TraplineError):
    """A person asked for what the list does not do."""


class NoNetwork(RefusedError):
    """What a person wrote can be on no list."""

    exit_code: ClassVar[int] = 2


def network(text: str) -> Network:
    """What a person means by `text`: of an address what is listed of it (listed_network), else the network itself.

    Raises NoNetwork: neither an address nor a network, or an IPv6 one that is narrower than what is listed.
    """
    try:
        address = ip_address(text)
    except ValueError:
        pass
    else:
        return listed_network(address)
    try:
        found = ip_network(text)
    except ValueError as error:
        raise NoNetwork(f"{error}. Expected an address, or a network such as 11.0.0.0/24") from None
    if isinstance(found, IPv4Network):
        return found
    if found.prefixlen > V6_PREFIX:
        raise NoNetwork(f"{found}: IPv6 is listed by /{V6_PREFIX}. Name {found.network_address} without its prefix")
    return found


def check(wanted: Network, ours: NetworkSet, *, force: bool) -> None:
    """Raises RefusedError: `wanted` may not be listed, or only by force."""
    if not is_public_network(wanted):
        raise RefusedError(f"{wanted} is not public: private, reserved and shared addresses are never listed")
    if ours.overlaps(wanted):
        raise RefusedError(f"{wanted} has addresses of our own (ours.networks, milter.exempt, milter.allow)")
    if wanted.prefixlen < WIDEST[wanted.version] and not force:
        raise RefusedError(
            f"{wanted} is wider than /{WIDEST[wanted.version]}: that refuses many who did nothing. "
            "If you mean it, use --force"
        )


def added(
    kept: Kept | None, wanted: Network, lasts: timedelta | None, reason: str, rules: Blocklist, now: datetime
) -> Kept:
    """A person lists `wanted`, so it is refused for good: for as long as he says, else until somebody removes it.

    What was held for him after hits goes on as these say, where he says nothing else.
    """
    if kept is None or kept.state not in {"listed", "held"} or not kept.lasts(now):
        expires = None if lasts is None else now + lasts
        return Kept(_new(wanted, reason, now, expires, repeated=True), "listed", now)
    if lasts is None and kept.state == "held" and kept.streak:
        lasts = length(kept.streak, rules)
    expires = None if lasts is None else now + lasts
    entry = replace(kept.entry, reason=reason, expires=expires, repeated=True)
    return replace(kept, entry=entry, state="listed", since=now)


def removed(kept: Kept | None, wanted: Network, until: datetime, reason: str, now: datetime) -> Kept:
    """A person takes `wanted` off, and keeps it off: what it did so far counts no more."""
    entry = _new(wanted, reason, now) if kept is None else kept.entry
    return Kept(replace(entry, expires=until, reason=reason), "off", now, forgiven_at=now)


def held(kept: Kept | None, wanted: Network, reason: str, now: datetime) -> Kept:
    """A person takes `wanted` out of service, until it is added or removed."""
    if kept is None:
        return Kept(_new(wanted, reason, now), "held", now)
    return replace(kept, entry=replace(kept.entry, expires=None, reason=reason), state="held", since=now)


def _new(
    wanted: Network, reason: str, now: datetime, expires: datetime | None = None, *, repeated: bool = False
) -> Entry:
    """An entry without a hit: its times are those of the person's word."""
    return Entry(wanted, now, now, 0, (), None, reason, expires, repeated)
