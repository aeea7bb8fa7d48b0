"""New trap addresses for a domain: plausible, secret, and close to nobody.

A trap must not catch an innocent's mistyped mail. So where the real addresses of the domain are given, no trap has a
surname or department of theirs: whoever mistypes `anna.keller` finds no trap `anna.m.keller`.
"""

import re
from pathlib import Path
from random import Random, SystemRandom

from trapline.config.names import address
from trapline.traps.errors import BadTrap, NoTrapMade
from trapline.traps.matching import TrapSet
from trapline.traps.plausible import DEPARTMENTS, SURNAMES, candidate, is_role

MAX_COUNT = 1000
MAX_EXISTING_BYTES = 16 * 1024 * 1024
TRIES_PER_ADDRESS = 200  #: so that a domain whose names are nearly used up ends with an error

_SEPARATORS = re.compile(r"[\s,;:<>\"'()|]+")


def existing_locals(path: Path, domain: str) -> frozenset[str]:
    """The local parts of `domain` in the list of real addresses at `path`, folded.

    Any text will do: an address a line, aliases(5), a Postfix map, passwd(5). Every word that is an address of the
    domain counts, and every word without `@`: one word too many merely means that fewer names are left to choose from.
    Raises BadTrap: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_EXISTING_BYTES + 1)
    except OSError as error:
        raise BadTrap(f"{path}: cannot read the list of real addresses: {error.strerror}") from None
    if len(raw) > MAX_EXISTING_BYTES:
        raise BadTrap(f"{path}: larger than {MAX_EXISTING_BYTES} bytes; is this the list of real addresses?")
    words = {word for word in _SEPARATORS.split(raw.decode("utf-8", "replace")) if word}
    found = (address(word) for word in words)
    return frozenset(one.local for one in found if one.domain in {"", domain})


def unused(
    domain: str,
    count: int,
    traps: TrapSet,
    existing: frozenset[str] = frozenset(),
    delimiter: str = "",
    random: Random | None = None,
) -> tuple[str, ...]:
    """`count` new addresses of `domain` (in normal form), none of which `traps` has or resembles one in `existing`.

    `delimiter` is recipient_delimiter: no local part holds one of its characters. `random` is for tests alone.
    Raises NoTrapMade: not enough were found.
    """
    random = random or SystemRandom()
    used = "\n".join(existing)
    surnames = tuple(name for name in SURNAMES if name not in used)
    departments = tuple(name for name in DEPARTMENTS if name not in used)
    found: dict[str, None] = {}
    for _ in range(count * TRIES_PER_ADDRESS if surnames else 0):
        if len(found) == count:
            break
        local = candidate(random, surnames, departments)
        if _is_free(local, domain, traps, existing) and not any(character in local for character in delimiter):
            found[f"{local}@{domain}"] = None
    if len(found) < count:
        raise NoTrapMade(
            f"only {len(found)} of {count} unused addresses were found in {domain}: the real addresses hold nearly all "
            "the names that could be chosen, or a line of the trap file covers the whole domain already"
        )
    return tuple(found)


def _is_free(local: str, domain: str, traps: TrapSet, existing: frozenset[str]) -> bool:
    return not is_role(local) and local not in existing and traps.match(f"{local}@{domain}") is None
