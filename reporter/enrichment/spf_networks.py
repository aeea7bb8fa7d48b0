"""The networks that a sender's own SPF record lets send in its name, with what the record includes.

Pure: who asks the DNS is handed in. Only for names of data/large_senders.txt, and those that their records include: a
name from a message never comes here. Hosts that a record knows by name only (a, mx, ptr, exists, macros) are left
aside: their verified names tell them.
Source: RFC 7208 (4.5 the record, 4.6.4 at most 10 lookups, 5.2 include, 5.6 ip4 and ip6, 6.1 redirect).
"""

from collections import deque
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network

from trapline.config.names import domain_name
from trapline.config.networks import Network

MAX_LOOKUPS = 10  #: of included and redirected records (RFC 7208, 4.6.4)
MAX_NETWORKS = 2000  #: of one sender
LARGEST = {4: 10, 6: 24}  #: prefix length, by version: a record with more than that would spare half the Internet

AskTexts = Callable[[str], tuple[str, ...]]  #: the TXT records of a name (txt_records.py)


class SpfError(Exception):
    """The record can't be used; the text says why."""


def spf_networks(domain: str, ask: AskTexts) -> tuple[Network, ...]:
    """The networks of `domain`, in order, without doubles.

    Raises SpfError: no record, a broken one, more lookups or networks than may be. Raises what `ask` raises.
    """
    found: dict[Network, None] = {}
    asked: set[str] = set()
    waiting = deque([domain])
    while waiting:
        name = waiting.popleft()
        if name in asked:
            continue
        asked.add(name)
        if len(asked) > 1 + MAX_LOOKUPS:
            raise SpfError(f"more than {MAX_LOOKUPS} lookups")
        networks, further = _read(_record(name, ask), name)
        found.update(dict.fromkeys(networks))
        waiting.extend(further)
        if len(found) > MAX_NETWORKS:
            raise SpfError(f"more than {MAX_NETWORKS} networks")
    return tuple(found)


def _record(name: str, ask: AskTexts) -> str:
    records = [text for text in ask(name) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(records) != 1:
        raise SpfError(f"{name} has {len(records) or 'no'} SPF record{'s' if records else ''}")
    return records[0]


def _read(record: str, name: str) -> tuple[list[Network], list[str]]:
    """The networks in `record`, which is that of `name`, and the names whose records belong to it."""
    networks, further, redirects, ends = [], [], [], False
    for kind, value in _terms(record):
        if kind in {"ip4", "ip6"}:
            networks.append(_network(kind, value, name))
        elif kind == "include":
            further.extend(_names(value))
        elif kind == "redirect":
            redirects.extend(_names(value))
        ends = ends or kind == "all"
    small = [network for network in networks if network.prefixlen >= LARGEST[network.version]]
    return small, further if ends else further + redirects


def _terms(record: str) -> Iterator[tuple[str, str]]:
    """Each mechanism that lets pass, `all` whatever it says, and each modifier: kind in lower case, and value."""
    for term in record.split()[1:]:
        bare = term.removeprefix("+").lower()
        if bare.lstrip("-~?") == "all":
            yield "all", ""
        elif "=" in bare.partition(":")[0]:
            kind, _, value = bare.partition("=")
            yield kind, value
        elif not bare.startswith(("-", "~", "?")):
            kind, _, value = bare.partition(":")
            yield kind, value


def _names(value: str) -> list[str]:
    """The name in `value`; none where it has a macro."""
    normal = domain_name(value)
    return [] if normal is None or "%" in value else [normal]


def _network(kind: str, value: str, name: str) -> Network:
    try:
        return IPv4Network(value, strict=False) if kind == "ip4" else IPv6Network(value, strict=False)
    except ValueError:
        raise SpfError(f"the SPF record of {name} has an {kind} that is none") from None
