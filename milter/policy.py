"""From findings to a verdict: what the zones said, and what the configuration makes of it.

Pure. A listing of the strongest action decides (reject before tempfail before tag before log); among equals Spamhaus's
zones come first, then one's own, then our own blocklist. A zone that could not be asked counts as silent: mail flows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trapline.config.dqs import Action
from trapline.config.reply_text import CHECK_URL, filled
from trapline.config.settings import Settings
from trapline.config.zones import BLOCKLIST
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import ADDRESS_ZONES, DOMAIN_ZONES
from trapline.milter.verdicts import NOTHING_NOTED, Accept, Refuse, Reply, Tag, Verdict

_STRENGTH: dict[Action, int] = {"reject": 0, "tempfail": 1, "tag": 2, "log": 3}


@dataclass(frozen=True, slots=True)
class _Source:
    """What a listing by one zone leads to."""

    rank: int  #: among listings of equal strength the lowest decides
    action: Action
    text: str  #: of the reply
    link: str
    by_code: Mapping[int, Action] = field(default_factory=dict)  #: of the last octets for which another action holds

    def action_of(self, listed: Listed) -> Action:
        """The strongest of what its codes lead to."""
        if not self.by_code:
            return self.action
        codes = (int(code.rpartition(".")[2]) for code in listed.codes)
        return min((self.by_code.get(code, self.action) for code in codes), key=lambda action: _STRENGTH[action])


class Policy:
    """The actions and replies of all zones, as configured."""

    def __init__(self, settings: Settings) -> None:
        self._enforced = settings.dqs.mode == "enforce"
        self._sources = _sources(settings)

    def verdict(self, found: Iterable[Listed]) -> Verdict:
        """What a person's mail meets, given all listings of client, HELO and MAIL FROM."""
        listings = sorted(found, key=self._rank)
        if not listings:
            return NOTHING_NOTED
        strongest = listings[0]
        action = self.action(strongest)
        if not self._enforced or action == "log":
            return Accept(noted=tuple(listings))
        return Tag(strongest) if action == "tag" else Refuse(self.reply(strongest, action), strongest)

    def action(self, listed: Listed) -> Action:
        """What a listing leads to."""
        return self._sources[listed.zone].action_of(listed)

    def would(self, listed: Listed) -> Action | None:
        """What a listing without effect would have led to; None where that is what it leads to anyway."""
        return None if self._enforced else self.action(listed)

    def reply(self, listed: Listed, action: Action) -> Reply:
        """What a refused client is told: the object, the zone, and where to read more (RFC 3463: 5.7.1, 4.7.1)."""
        source = self._sources[listed.zone]
        said = filled(source.text, object_=listed.object, zone=listed.zone, link=source.link)
        return Reply(450, "4.7.1", said) if action == "tempfail" else Reply(550, "5.7.1", said)

    def _rank(self, listed: Listed) -> tuple[int, int]:
        return _STRENGTH[self.action(listed)], self._sources[listed.zone].rank


def _sources(settings: Settings) -> dict[str, _Source]:
    """Whatever can list anybody, by name. A zone that is off leads to nothing."""
    replies, dqs = settings.milter.replies, settings.dqs.zones()
    found: dict[str, _Source] = {}
    for kind, text, names in (("ip", replies.address, ADDRESS_ZONES), ("domain", replies.domain, DOMAIN_ZONES)):
        for name in names:
            action = dqs[name].action if name in dqs else "log"
            found[name] = _Source(len(found), action, text, f"{CHECK_URL}/query/{kind}/{{object}}")
    for name, zone in settings.zones.items():
        found[name] = _Source(len(found), zone.action, zone.text, zone.link, zone.actions)
    ours = settings.milter.blocklist
    by_code: dict[int, Action] = {settings.blocklist.repeated_code: ours.repeated}
    found[BLOCKLIST] = _Source(len(found), ours.first, ours.text, ours.link, by_code)
    return found
