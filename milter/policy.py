"""From findings to a verdict: what the zones said, and what the configuration makes of it.

Pure. A listing of the strongest action decides (reject before tempfail before tag before log), the zones in their order
among equals. A zone that could not be asked counts as silent: mail flows.
"""

from collections.abc import Iterable

from trapline.config.reply_text import filled
from trapline.config.settings import Action, Dqs, Replies
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import ADDRESS_ZONES
from trapline.milter.verdicts import NOTHING_NOTED, Accept, Refuse, Reply, Tag, Verdict

_STRENGTH: dict[Action, int] = {"reject": 0, "tempfail": 1, "tag": 2, "log": 3}
_ZONES = ("zen", "authbl", "dbl", "zrd")


def verdict(found: Iterable[Listed], dqs: Dqs, replies: Replies) -> Verdict:
    """What a person's mail meets, given all listings of client, HELO and MAIL FROM."""
    listings = sorted(found, key=lambda it: _rank(it, dqs))
    if not listings:
        return NOTHING_NOTED
    strongest = listings[0]
    action = _action(strongest, dqs)
    if dqs.mode == "shadow" or action == "log":
        return Accept(noted=tuple(listings))
    return Tag(strongest) if action == "tag" else Refuse(reply(strongest, action, replies), strongest)


def reply(listed: Listed, action: Action, replies: Replies) -> Reply:
    """What a refused client is told: the object, the zone, and where to read more (RFC 3463: 5.7.1, 4.7.1)."""
    kind, text = ("ip", replies.address) if listed.zone in ADDRESS_ZONES else ("domain", replies.domain)
    said = filled(text, object_=listed.object, zone=listed.zone, path=f"/query/{kind}/{listed.object}")
    return Reply(450, "4.7.1", said) if action == "tempfail" else Reply(550, "5.7.1", said)


def _action(listed: Listed, dqs: Dqs) -> Action:
    zone = dqs.zones().get(listed.zone)
    return zone.action if zone is not None else "log"


def _rank(listed: Listed, dqs: Dqs) -> tuple[int, int]:
    return _STRENGTH[_action(listed, dqs)], _ZONES.index(listed.zone)
