"""What Postfix needs for a trap: it asks its own maps before it asks a milter, so each trap is an alias that it knows.

The maps and the alias's target are those of `config/postfix` (main.cf, trapline). Nothing is written here.

Sources: postmap(1), virtual(5) (an @domain line, the order of lookups), pcre_table(5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trapline.traps.file import Entry
from trapline.traps.line import slashes_escaped, written

ALIAS_MAP = "/etc/postfix/trapline"
PATTERN_MAP = "/etc/postfix/trapline.pcre"
TABLES = (ALIAS_MAP, *(f"{ALIAS_MAP}.{kind}" for kind in ("db", "lmdb", "cdb")), PATTERN_MAP)  #: with traps
TARGET = "trap@trapline.invalid"  #: the alias of every trap; its transport delivers to the fallback Maildir

_POSTMAP = f"chmod 640 {ALIAS_MAP} && postmap {ALIAS_MAP}"  #: its modes are those of the file that it makes
_WHOLE_DOMAIN = "name the domain in virtual_alias_domains, unless Postfix receives mail for it already"
_ADD_PCRE = f"add pcre:{PATTERN_MAP} to virtual_alias_maps (package postfix-pcre), then: postfix reload"
_PCRE = f"chmod 640 {PATTERN_MAP}; {_ADD_PCRE}"


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line, and where it belongs."""

    map: str  #: the path of the map's source
    line: str = field(repr=False)
    then: str  #: what to run, and what else is to be done


def map_line(entry: Entry, local_domains: Sequence[str] = ()) -> MapLine:
    """What stands in Postfix's maps for `entry`. It holds the trap: show it only to who adds it.

    A trap in one of the `local_domains` is named without its domain, as virtual(5) has it for a user of all of them.
    """
    what = written(entry)
    if entry.address is not None:
        local, _, domain = what.rpartition("@")
        return MapLine(ALIAS_MAP, f"{local if domain in local_domains else what}    {TARGET}", _POSTMAP)
    if entry.domain is not None:
        return MapLine(ALIAS_MAP, f"{what}    {TARGET}", f"{_POSTMAP}; {_WHOLE_DOMAIN}")
    if entry.extensions_of is not None:
        return MapLine(PATTERN_MAP, f"/^{_extensions(entry.extensions_of, local_domains)}$/    {TARGET}", _PCRE)
    return MapLine(PATTERN_MAP, f"/^({slashes_escaped(entry.pattern or '')})$/    {TARGET}", _PCRE)


def _extensions(prefix_at_domain: str, local_domains: Sequence[str]) -> str:
    local, _, domain = prefix_at_domain.rpartition("@")
    names = "|".join(map(_literal, local_domains))
    return f"{_literal(local)}.*@" + (rf"({names}|\[.*\])" if domain in local_domains else _literal(domain))


def _literal(text: str) -> str:
    r"""`text` as an expression that matches it alone; `\/` for the slash that ends a pattern."""
    return "".join(character if character.isalnum() else f"\\{character}" for character in text)
