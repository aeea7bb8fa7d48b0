"""Would Postfix accept mail to a trap? It asks its own maps before it asks a milter, and refuses whom it does not know.

Pure: what to look up, and what the answers mean. Who looks it up (`postmap -q`) is handed in. Not followed: addresses
that are rewritten on the way, `!name` in lists of domains, restrictions that refuse a recipient by name.
Sources: ADDRESS_CLASS_README; postconf(5), smtpd_reject_unlisted_recipient and the maps below; Postfix's
src/smtpd/smtpd_check.c (check_rcpt_maps) and src/global/mail_addr_find.c for the order of the lookups.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trapline.config.names import without_extension
from trapline.traps.file import Entry

MAX_SAMPLED = 5000  #: plain addresses that are looked up; of more, as many evenly spread ones
SAMPLE = "trapline.doctor.7c1"  #: a local part that nobody has, to try whole domains and extensions with


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of domains: the settings that list them, and their recipients. Empty maps let everybody in."""

    domains: str
    maps: str | None = None  #: None: its recipients are in the maps for every class, or nowhere


_LOCAL = _Class("mydestination", "local_recipient_maps")
_CLASSES = (  # in the order in which Postfix goes through them
    _LOCAL,
    _Class("virtual_alias_domains"),
    _Class("virtual_mailbox_domains", "virtual_mailbox_maps"),
    _Class("relay_domains", "relay_recipient_maps"),
)
MAPS_OF_EVERY_CLASS = ("recipient_canonical_maps", "canonical_maps", "virtual_alias_maps")
MAPS = (*(one.maps for one in _CLASSES if one.maps is not None), *MAPS_OF_EVERY_CLASS)

#: What is read of main.cf.
SETTINGS = (
    *(one.domains for one in _CLASSES),
    *MAPS,
    "parent_domain_matches_subdomains",
    "recipient_delimiter",
)

Verdict = Literal["accepted", "unknown recipient", "not our domain"]
Find = Callable[[str, frozenset[str]], Mapping[str, str]]  #: those of the keys that a list of maps has, with values


@dataclass(frozen=True, slots=True)
class Sample:
    """An address that is tried for a line of the trap file."""

    entry: Entry
    address: str = field(repr=False)

    @property
    def domain(self) -> str:
        """What follows the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Samples:
    """What is tried, and what is not."""

    tried: tuple[Sample, ...]
    patterns: int  #: regular expressions: nobody can say which addresses they match
    left_out: int  #: plain addresses above MAX_SAMPLED
    only_examples: int  #: lines that stand for many addresses, of which one is tried


@dataclass(frozen=True, slots=True)
class Refused:
    """A trap that Postfix would not accept mail to."""

    sample: Sample
    verdict: Verdict


def samples(entries: Sequence[Entry]) -> Samples:
    """What to try for `entries`."""
    plain = [Sample(entry, entry.address) for entry in entries if entry.address is not None]
    step = max(1, -(-len(plain) // MAX_SAMPLED))
    examples = [Sample(entry, f"{SAMPLE}@{entry.domain}") for entry in entries if entry.domain is not None]
    for entry in entries:
        if entry.extensions_of is not None:
            local, _, domain = entry.extensions_of.rpartition("@")
            examples.append(Sample(entry, f"{local}{SAMPLE}@{domain}"))
    tried = plain[::step]
    patterns = sum(entry.pattern is not None for entry in entries)
    return Samples((*tried, *examples), patterns, len(plain) - len(tried), len(examples))


def refused(tried: Sequence[Sample], main: Mapping[str, str], find: Find) -> tuple[Refused, ...]:
    """Those of the samples that Postfix would refuse, by its settings `main`.

    `find` is asked with all keys at once, about each setting. Raises what `find` raises.
    """
    classes = _classes(frozenset(one.domain for one in tried), main, find)
    local = frozenset(domain for domain, its in classes.items() if its is _LOCAL)
    keys_of = {one.address: keys(one.address, main, local) for one in tried}
    every = frozenset(key for each in keys_of.values() for key in each)
    in_any = {key for maps in MAPS_OF_EVERY_CLASS if main.get(maps) for key in find(main[maps], every)}
    recipients = {one: find(main[one.maps], every) for one in set(classes.values()) if one.maps and main.get(one.maps)}
    found = []
    for sample in tried:
        its = classes.get(sample.domain)
        if its is None:
            found.append(Refused(sample, "not our domain"))
        elif in_any.isdisjoint(keys_of[sample.address]) and not _lets_in(its, recipients, keys_of[sample.address]):
            found.append(Refused(sample, "unknown recipient"))
    return tuple(found)


def local_domains(domains: frozenset[str], main: Mapping[str, str], find: Find) -> frozenset[str]:
    """Those of the `domains` whose recipients are the users of the server. Raises what `find` raises."""
    return _in_class(_LOCAL, domains, main, find)


def _lets_in(its: _Class, recipients: Mapping[_Class, Mapping[str, str]], wanted: Sequence[str]) -> bool:
    if its.maps is None:
        return False
    return its not in recipients or any(key in recipients[its] for key in wanted)


def keys(address: str, main: Mapping[str, str], local_domains: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What Postfix looks `address` up by: whole, without extension, its domain; without the domain if that is local.

    >>> keys("anna+shop@mx.example", {"recipient_delimiter": "+"})
    ('anna+shop@mx.example', 'anna@mx.example', '@mx.example')
    """
    local, _, domain = address.rpartition("@")
    base = without_extension(local, main.get("recipient_delimiter", ""))
    found = [address, f"{base}@{domain}"]
    if domain in local_domains:
        found += [local, base]
    return tuple(dict.fromkeys((*found, f"@{domain}")))


def _classes(domains: frozenset[str], main: Mapping[str, str], find: Find) -> dict[str, _Class]:
    """The class of each of the `domains` that is in one."""
    found: dict[str, _Class] = {}
    for one in _CLASSES:
        found |= dict.fromkeys(_in_class(one, domains - found.keys(), main, find), one)
    return found


def _in_class(one: _Class, domains: frozenset[str], main: Mapping[str, str], find: Find) -> frozenset[str]:
    """Those of the `domains` that the class lists."""
    below = one.domains in main.get("parent_domain_matches_subdomains", "")
    names = {domain: (domain, *(_parents(domain) if below else ())) for domain in domains}
    listed = find(main.get(one.domains, ""), frozenset(name for each in names.values() for name in each))
    return frozenset(domain for domain, each in names.items() if any(name in listed for name in each))


def _parents(domain: str) -> tuple[str, ...]:
    labels = domain.split(".")
    return tuple(".".join(labels[place:]) for place in range(1, len(labels)))
