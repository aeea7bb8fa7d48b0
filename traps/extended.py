"""Which traps, with an extension, are the address of somebody else, who would never get his mail.

With `-` in recipient_delimiter, `anne-marie@` is `anne@` with an extension: where that is a trap hers is one, though
she has an alias or a mailbox of her own. Pure, as `recipients.py`.
Source: postconf(5), recipient_delimiter; virtual(5), TABLE SEARCH ORDER and ADDRESS EXTENSION.
"""

from collections.abc import Mapping, Sequence

from trapline.config.names import without_extension
from trapline.traps.postfix import TARGET
from trapline.traps.recipients import Sample


def of_people(
    tried: Sequence[Sample], known: Mapping[str, str], delimiters: str, local_domains: frozenset[str]
) -> tuple[Sample, ...]:
    """Those of the samples; `known` is what stands in Postfix's tables of recipients, a user without a domain too."""
    traps = {one.address: one for one in tried if one.entry.address is not None}
    traps |= {one.address.rpartition("@")[0]: one for one in traps.values() if one.domain in local_domains}
    bases = (_base(key.lower(), delimiters) for key, value in known.items() if value != TARGET)
    return tuple(dict.fromkeys(traps[base] for base in bases if base in traps))


def _base(key: str, delimiters: str) -> str | None:
    """`key` without its extension; None where it has none."""
    local, at, domain = key.rpartition("@") if "@" in key else (key, "", "")
    base = without_extension(local, delimiters)
    return None if base == local else f"{base}{at}{domain}"
