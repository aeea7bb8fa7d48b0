"""From findings to a verdict: what the zones said, and what the configuration makes of it.

Pure. A listing of the strongest action decides (reject before tempfail before tag before log), the zones in their order
among equals. A zone that could not be asked counts as silent: mail flows.
"""

from collections.abc import Iterable

from trapline.config.settings import Action, Dqs
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import ADDRESS_ZONES
from trapline.milter.verdicts import NOTHING_NOTED, Accept, Refuse, Reply, Tag, Verdict

CHECK_URL = "https://check.spamhaus.org"
MAX_TEXT_LENGTH = 480  #: characters; a reply line has at most 512 octets (RFC 5321, 4.5.3.1.5)

_STRENGTH: dict[Action, int] = {"reject": 0, "tempfail": 1, "tag": 2, "log": 3}
_ZONES = ("zen", "authbl", "dbl", "zrd")


def verdict(found: Iterable[Listed], dqs: Dqs) -> Verdict:
    """What a person's mail meets, given all listings of client, HELO and MAIL FROM."""
    listings = sorted(found, key=lambda it: _rank(it, dqs))
    if not listings:
        return NOTHING_NOTED
    strongest = listings[0]
    action = _action(strongest, dqs)
    if dqs.mode == "shadow" or action == "log":
        return Accept(noted=tuple(listings))
    return Tag(strongest) if action == "tag" else Refuse(reply(strongest, action), strongest)


def reply(listed: Listed, action: Action) -> Reply:
    """What a refused client is told: the object, the zone, and where to read more (RFC 3463: 5.7.1, 4.7.1)."""
    kind = "ip" if listed.zone in ADDRESS_ZONES else "domain"
    link = f"{CHECK_URL}/query/{kind}/{listed.object}"
    what = f"client [{listed.object}]" if kind == "ip" else f"domain {listed.object}"
    text = f"Service unavailable; {what} blocked using Spamhaus {listed.zone}; see {link}"
    if len(text) > MAX_TEXT_LENGTH:
        text = f"Service unavailable; domain blocked using Spamhaus {listed.zone}; see {link}"[:MAX_TEXT_LENGTH]
    return Reply(450, "4.7.1", text) if action == "tempfail" else Reply(550, "5.7.1", text)


def _action(listed: Listed, dqs: Dqs) -> Action:
    zone = dqs.zones().get(listed.zone)
    return zone.action if zone is not None else "log"


def _rank(listed: Listed, dqs: Dqs) -> tuple[int, int]:
    return _STRENGTH[_action(listed, dqs)], _ZONES.index(listed.zone)
