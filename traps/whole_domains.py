"""Which whole domains that are traps have people in them, who would never get their mail.

The line `@old-shop.example` makes each address of the domain a trap, a person's too, though Postfix would deliver to
him. Whom Postfix knows can't be listed, whatever the tables are; but where there are people, a role's name as a rule is
one of them (RFC 2142; RFC 5321, 4.5.1: postmaster). Pure, as `recipients.py`.
"""

from collections.abc import Mapping, Sequence

from trapline.traps import recipients
from trapline.traps.plausible import ROLE_NAMES
from trapline.traps.postfix import TARGET
from trapline.traps.recipients import SAMPLE, Find, Sample

MAX_LOOKED_UP = 20_000  #: names: a table of expressions is gone through for each, and postmap has some seconds

_IN_EVERY_DOMAIN = ("postmaster",)  # of more domains than that


def with_people(
    tried: Sequence[Sample], main: Mapping[str, str], find: Find, local_domains: frozenset[str]
) -> tuple[Sample, ...]:
    """Those of the samples of whole domains, by Postfix's settings `main`; `local_domains`: those in mydestination.

    Raises what `find` raises.
    """
    whole = tuple(one for one in tried if one.entry.domain is not None)
    names = ROLE_NAMES if len(whole) * len(ROLE_NAMES) <= MAX_LOOKED_UP else _IN_EVERY_DOMAIN
    roles = {one.domain: _keys(names, one.domain, is_local=one.domain in local_domains) for one in whole}
    nobody = {one.domain: _keys((SAMPLE,), one.domain, is_local=one.domain in local_domains) for one in whole}
    every = frozenset(key for keys in (*roles.values(), *nobody.values()) for key in keys)
    found = [find(main[name], every) for name in recipients.MAPS if main.get(name)]
    return tuple(one for one in whole if any(_in(table, roles[one.domain], nobody[one.domain]) for table in found))


def _in(table: Mapping[str, str], roles: Sequence[str], nobody: Sequence[str]) -> bool:
    """Whether one of the `roles` is somebody's in `table`; one in which everybody is found says nothing."""
    return not any(key in table for key in nobody) and any(table.get(key, TARGET) != TARGET for key in roles)


def _keys(names: Sequence[str], domain: str, *, is_local: bool) -> tuple[str, ...]:
    """What Postfix finds them by: without the domain, too, where its users are those of the server."""
    return (*(f"{name}@{domain}" for name in names), *(names if is_local else ()))
