"""The zones: those of the Data Query Service, and those of one's own or of other operators; what each is called and
asked about, what its answers start with, which of them count.

The zone's suffix holds the DQS key, or another operator's: it is handed to the engine and to nothing else, and no repr
shows it. What everybody says of a zone is its name, `zen`.

Source: docs.spamhaus.com, datasets "Zones" and "DQS Queries".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from trapline.config.dqs import Dqs
from trapline.config.settings import Settings
from trapline.config.values import Nameserver
from trapline.config.zones import Asked, OwnZone

DQS_DOMAIN = "dq.spamhaus.net"

# The first three octets of a listing's answer, by zone.
_NETWORKS = {"zen": "127.0.0.", "authbl": "127.0.0.", "dbl": "127.0.1.", "zrd": "127.0.2."}

ADDRESS_ZONES = ("zen", "authbl")  #: Spamhaus's that are asked about IP addresses
DOMAIN_ZONES = ("dbl", "zrd")  #: Spamhaus's that are asked about domain names, and never about an IP address

ABOUT_ADDRESSES: frozenset[Asked] = frozenset(("address",))
ABOUT_DOMAINS: frozenset[Asked] = frozenset(("helo", "mail_from"))


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that is asked."""

    name: str
    network: str  #: "127.0.0.": what its listings start with
    codes: frozenset[int]  #: the last octets that count
    suffix: str = field(repr=False)  #: "KEY.zen.dq.spamhaus.net"
    test_listed: str = ""  #: the address or name that it lists while it is well; "" for none
    test_unlisted: str = ""  #: likewise one that it does not list
    asks: frozenset[Asked] = ABOUT_ADDRESSES  #: what it is asked about
    nameservers: tuple[Nameserver, ...] = ()  #: whom it is asked through; none: `dqs.nameservers`
    spamhaus: bool = False  #: it is of the Data Query Service, whose questions are counted


#: dnswl.org, which is none of Spamhaus's: who is in it is innocent. The last octet is the level, 1 (low) to 3 (hi); 0
#: (none) protects nobody, since hosts that have sent spam for years are on it.
DNSWL = Zone("dnswl", "127.0.", frozenset(range(1, 255)), "list.dnswl.org")


class Question(NamedTuple):
    """What a zone is asked about: an IP address or a domain name, in normal form.

    A tuple, since it is the key of every dictionary on a session's way, and a tuple is hashed without our help.
    """

    zone: str
    object: str


def zones(dqs: Dqs, key: str) -> dict[str, Zone]:
    """The enabled zones of the Data Query Service by name."""
    return {
        name: Zone(
            name,
            _NETWORKS[name],
            settings.codes,
            f"{key}.{name}.{DQS_DOMAIN}",
            settings.test_listed,
            settings.test_unlisted,
            asks=ABOUT_DOMAINS if name in DOMAIN_ZONES else ABOUT_ADDRESSES,
            spamhaus=True,
        )
        for name, settings in dqs.zones().items()
    }


def all_zones(settings: Settings, key: str) -> dict[str, Zone]:
    """The enabled zones of the Data Query Service and those of `[zones]`, by name."""
    return zones(settings.dqs, key) | own_zones(settings.zones)


def own_zones(configured: Mapping[str, OwnZone]) -> dict[str, Zone]:
    """Those of `[zones]` by name."""
    return {
        name: Zone(
            name,
            one.network.rpartition(".")[0] + ".",
            frozenset(one.actions),
            one.domain,
            *one.test_points,
            asks=frozenset(one.asks),
            nameservers=one.nameservers,
        )
        for name, one in configured.items()
    }
