"""Who is listed here for having hit a trap, for how long, and when a person has to look first.

Pure: the store's rows, the clock and the settings are handed in; that a client may be listed at all was decided before
(the reporter's rules about whom to spare). A first hit lists for `first`, each further one doubles that from its own
time on, to `longest` at most, and with no more hits the entry drops out at its expiry.

An address that comes back after its expiry begins with `first` again: it was quiet, and it may have a new owner. But
within `longest` of its last hit it is remembered as one that hit before, so it is refused for good and not delayed
once more: else who waits out each first listing would never be refused. After that it is a stranger.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from trapline.blocklist.entry import Entry
from trapline.config.blocklist import Blocklist
from trapline.config.duration import written
from trapline.config.networks import Network

MAX_LABELS = 20  #: that an entry names; an operator may have one for each of his traps
AREA = {4: 24, 6: 48}  #: the prefix of a network that `new_per_network` is about

State = Literal["listed", "held", "off", "expired"]
What = Literal["listed", "extended", "held", "waiting", "kept off"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry, and how it stands."""

    entry: Entry
    state: State  #: held: waits for a person; off: a person removed it, until `entry.expires`
    since: datetime  #: when a hit or a person last said how long that lasts
    streak: int = 0  #: hits since it was listed, which its length follows; 0: a person listed it
    listed_at: datetime | None = None  #: when it was listed as a stranger
    forgiven_at: datetime | None = None  #: when a person removed it: hits of before count no more

    def lasts(self, now: datetime) -> bool:
        """Whether its time is not over."""
        return self.entry.expires is None or now < self.entry.expires


@dataclass(frozen=True, slots=True)
class Hit:
    """One message to traps, whatever its recipients."""

    network: Network
    at: datetime  #: when it came
    labels: tuple[str, ...]  #: of its traps, in the order of its recipients
    traps: int = 1  #: lists only after hits on that many traps with different labels
    why: str | None = None  #: why more than one


@dataclass(frozen=True, slots=True)
class Counted:
    """The hits of one network that count, the one at hand among them."""

    hits: int
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Room:
    """What new entries there are already."""

    in_hour: int  #: strangers of the same IP version that were listed within an hour
    in_area: int  #: entries that are listed in the same area


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a hit leads to."""

    what: What
    why: str  #: one line, for the operator
    kept: Kept | None = None  #: the entry as it is from now on; None where nothing of it changes


def area(network: Network) -> Network:
    """The /24 (IPv6: /48) that `network` is in; itself where it is wider."""
    prefix = AREA[network.version]
    return network if network.prefixlen <= prefix else network.supernet(new_prefix=prefix)


def length(streak: int, rules: Blocklist) -> timedelta:
    """How long the `streak`th hit in a row (from 1) lists: doubling from `first`, to `longest` at most.

    >>> length(3, Blocklist(first=timedelta(hours=24), longest=timedelta(days=30)))
    datetime.timedelta(days=4)
    """
    enough = (rules.longest // rules.first).bit_length()  # doublings that lead past the longest
    return min(rules.longest, rules.first * (1 << min(max(streak, 1) - 1, enough)))


def counted_since(kept: Kept | None, at: datetime, rules: Blocklist) -> datetime:
    """Since when hits count towards what is needed to be listed: as long as the longest listing lasts.

    What was before a person removed the entry does not count: he called it a mistake.
    """
    since = at - rules.longest
    return since if kept is None or kept.forgiven_at is None else max(since, kept.forgiven_at)


def needs_counting(hit: Hit, rules: Blocklist) -> bool:
    """Whether one hit alone may be too little."""
    return max(rules.minimum_hits, rules.minimum_traps, hit.traps) > 1


def outcome(
    hit: Hit, kept: Kept | None, above: Kept | None, counted: Counted, rules: Blocklist, now: datetime
) -> Outcome:
    """What `hit` leads to, before the limits of `within_limits`.

    `kept` is the network's own entry, `above` a wider one that a person has put off or holds; None where there is none.
    """
    hit = replace(hit, at=min(hit.at, now))  # another host's clock, or a clock that was set back
    for one in (above, kept):
        if one is not None and one.state == "off" and one.lasts(now):
            return Outcome("kept off", f"{one.entry.network} was removed by hand and is kept off{_until(one)}")
    if above is not None and above.state == "held":
        return Outcome("held", f"{above.entry.network} is held, and waits for a person")
    if (missing := _missing(hit, kept, counted, rules)) is not None:
        return Outcome("waiting", missing)
    if kept is not None and kept.state in {"listed", "held"} and kept.lasts(now):
        further = _extended(kept, hit, rules)
        if kept.state == "held":
            return Outcome("held", "it is held, and waits for a person", further)
        return Outcome("extended", _hits(further.entry), further)
    return _listed(hit, kept, counted, rules, now)


def within_limits(found: Outcome, room: Room, rules: Blocklist) -> Outcome:
    """`found`, or where it lists a new entry of which there are too many already, the entry held for a person.

    Who comes back is not new within the hour: else a botnet's usual addresses would use the limit up for strangers.
    Nor do the versions share it: who has an IPv6 /32 has 65,536 areas, and would have all of IPv4 held.
    """
    kept = found.kept
    if found.what != "listed" or kept is None:
        return found
    if room.in_area >= rules.new_per_network:
        are = "entry is" if room.in_area == 1 else "entries are"
        why = f"{room.in_area} {are} listed in {area(kept.entry.network)} already (blocklist.new_per_network)"
    elif room.in_hour >= rules.new_per_hour and (not kept.entry.repeated or not rules.new_per_hour):
        were = "entry was" if room.in_hour == 1 else "entries were"
        why = f"{room.in_hour} {were} listed within an hour already (blocklist.new_per_hour)"
    else:
        return found
    waiting = replace(kept.entry, expires=kept.since + rules.longest, reason=f"{kept.entry.reason}; held: {why}")
    return Outcome("held", why, replace(kept, entry=waiting, state="held", listed_at=None))


def _missing(hit: Hit, kept: Kept | None, counted: Counted, rules: Blocklist) -> str | None:
    """What there is too little of to be listed."""
    if kept is not None and kept.forgiven_at is not None and hit.at <= kept.forgiven_at:
        return f"the hit came before {hit.network} was removed at {kept.forgiven_at:%Y-%m-%d %H:%M} UTC"
    if counted.hits < rules.minimum_hits:
        return f"{counted.hits} of {rules.minimum_hits} hits (blocklist.minimum_hits)"
    traps = max(rules.minimum_traps, hit.traps)
    if len(counted.labels) >= traps:
        return None
    why = hit.why if hit.traps > rules.minimum_traps and hit.why else "blocklist.minimum_traps"
    return f"{len(counted.labels)} of {traps} traps with different labels ({why})"


def _listed(hit: Hit, kept: Kept | None, counted: Counted, rules: Blocklist, now: datetime) -> Outcome:
    """Listed anew, for the first time or again."""
    expires = hit.at + length(1, rules)
    if expires <= now:
        return Outcome("waiting", f"the hit is older than {written(rules.first)}, for which it would have been listed")
    before = None if kept is None or not _remembered(kept, hit, rules) else kept.entry
    entry = Entry(
        network=hit.network,
        first_hit=hit.at if before is None else before.first_hit,
        last_hit=hit.at,
        hits=counted.hits if before is None else before.hits + 1,
        labels=_labels((*hit.labels, *(counted.labels if before is None else before.labels))),
        last_label=hit.labels[-1] if hit.labels else None,
        reason="",
        expires=expires,
        repeated=before is not None,
    )
    entry = replace(entry, reason=_hits(entry))
    forgiven = None if kept is None else kept.forgiven_at
    listed_at = now if kept is None or before is None else kept.listed_at
    return Outcome("listed", entry.reason, Kept(entry, "listed", hit.at, 1, listed_at, forgiven))


def _remembered(kept: Kept, hit: Hit, rules: Blocklist) -> bool:
    """Whether it hit lately enough to be no stranger."""
    forgiven = kept.forgiven_at is not None and kept.entry.last_hit <= kept.forgiven_at
    return kept.entry.hits > 0 and not forgiven and kept.entry.last_hit > hit.at - rules.longest


def _extended(kept: Kept, hit: Hit, rules: Blocklist) -> Kept:
    """Another hit of one that is listed or held."""
    before, streak = kept.entry, kept.streak + 1
    lasts = hit.at + (rules.longest if kept.state == "held" else length(streak, rules))
    newer = hit.at >= before.last_hit or not before.hits
    entry = replace(
        before,
        last_hit=max(before.last_hit, hit.at),
        hits=before.hits + 1,
        labels=_labels((*hit.labels, *before.labels)),
        last_label=hit.labels[-1] if hit.labels and newer else before.last_label,
        expires=None if before.expires is None else max(before.expires, lasts),
        repeated=True,
    )
    if before.reason == _hits(before):  # else a person's words
        entry = replace(entry, reason=_hits(entry))
    longer = entry.expires != before.expires
    return replace(kept, entry=entry, streak=streak, since=hit.at if longer else kept.since)


def _labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(tuple(dict.fromkeys(labels))[:MAX_LABELS]))


def _hits(entry: Entry) -> str:
    """Why it is listed."""
    return "a message to a trap" if entry.hits == 1 else f"{entry.hits} messages to traps"


def _until(kept: Kept) -> str:
    return "" if kept.entry.expires is None else f" until {kept.entry.expires:%Y-%m-%d %H:%M} UTC"
