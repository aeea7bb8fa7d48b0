"""Which part of a host name somebody registered, by the Public Suffix List.

Pure: the list is the one in the package publicsuffixlist, read once; nothing is looked up. A name is written as
config/names.py has it: lower case A-labels. The rules that use it are below decisions/.
Source: publicsuffix.org/list, both its sections: ICANN (registries) and PRIVATE (platforms whose customers own a name).
"""

import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from trapline.config.names import MAX_DOMAIN_LENGTH, MAX_LABEL_LENGTH

# Special-use names (RFC 6761, 6762, 7686, 8375, 9476, ICANN's "internal"): nobody can be reported for them.
_RESERVED = frozenset(
    {"alt", "arpa", "corp", "example", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost"}
    | {"mail", "onion", "test", "example.com", "example.net", "example.org"}
)


# A label as registries sell it: letters, digits, hyphens within (RFC 1123, 2.1). Browsers take others, and find nobody.
_SOLD = re.compile(r"[^\W_](?:(?:[^\W_]|-)*[^\W_])?")


@lru_cache(maxsize=50_000)
def registered_domain(host: str) -> str:
    """The name that the owner of `host` registered, or was given by a platform; `host` itself where it is a suffix.

    >>> registered_domain("mail.pills.co.uk"), registered_domain("a.someone.github.io")
    ('pills.co.uk', 'someone.github.io')
    """
    return _suffixes().privatesuffix(host) or _registries().privatesuffix(host) or host


@lru_cache(maxsize=50_000)
def is_public_suffix(name: str) -> bool:
    """Whether `name` is a suffix below which others register: `com`, `co.uk`, `github.io`."""
    return _suffixes().publicsuffix(name) == name


@lru_cache(maxsize=50_000)
def platform(host: str) -> str | None:
    """The platform that gave `host` its name: its suffix in the PRIVATE section; None for an ordinary name.

    >>> platform("someone.github.io"), platform("pills.co.uk")
    ('github.io', None)
    """
    suffix = _suffixes().publicsuffix(host)
    return suffix if suffix is not None and suffix != _registries().publicsuffix(host) else None


@lru_cache(maxsize=50_000)
def is_delegated(host: str) -> bool:
    """Whether `host` can exist on the Internet: under a known suffix, registered, and not a reserved name."""
    labels = host.split(".")
    if len(host) > MAX_DOMAIN_LENGTH or max(map(len, labels)) > MAX_LABEL_LENGTH:
        return False
    reserved = any(".".join(labels[start:]) in _RESERVED for start in range(len(labels)))
    if reserved or _registries().publicsuffix(host, accept_unknown=False) is None:
        return False
    registered = _registries().privatesuffix(host)
    return registered is None or _SOLD.fullmatch(registered.partition(".")[0]) is not None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
