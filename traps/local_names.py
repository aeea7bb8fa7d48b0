"""Under which other names of the server a trap has to be known too.

Postfix knows the users of its local domains under all of them, and under its own [addresses]. A trap that it knows
under one alone gives itself away: whoever names `anna@localhost` and `hidden1@localhost` too has sorted them with one
more RCPT TO each, before the milter is asked. Pure, as `recipients.py`.
Sources: ADDRESS_CLASS_README (the local domain class); virtual(5), TABLE SEARCH ORDER (`user`, found in each of them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trapline.config.postmap import names
from trapline.traps import recipients
from trapline.traps.recipients import Find, Sample


@dataclass(frozen=True, slots=True)
class Local:
    """What stands in local domains."""

    domains: frozenset[str]  #: of the traps
    names: tuple[str, ...]  #: all local domains that mydestination itself names
    traps: tuple[Sample, ...]
    under_one_name: tuple[Sample, ...]  #: of these: Postfix refuses them under the other names


def look(tried: Sequence[Sample], main: Mapping[str, str], find: Find) -> Local:
    """Which of the samples are in local domains, by Postfix's settings `main`. Raises what `find` raises."""
    domains = recipients.local_domains(frozenset(one.domain for one in tried), main, find)
    traps = tuple(one for one in tried if one.domain in domains and one.entry.address is not None)
    wanted = {one.address: recipients.keys(one.address, main, domains) for one in traps}
    users = frozenset(key for each in wanted.values() for key in each if "@" not in key)
    known = _known(users, main, find) if main.get("local_recipient_maps") else users  # without it everybody gets in
    under_one_name = tuple(one for one in traps if known.isdisjoint(wanted[one.address]))
    return Local(domains, names(main.get("mydestination", "")), traps, under_one_name)


def _known(users: frozenset[str], main: Mapping[str, str], find: Find) -> frozenset[str]:
    maps = (main[name] for name in (*recipients.MAPS_OF_EVERY_CLASS, "local_recipient_maps") if main.get(name))
    return frozenset(user for listed in maps for user in find(listed, users))
