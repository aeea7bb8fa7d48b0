"""Who is exempt, what is asked about whom: the settings of the milter as questions that a session asks.

Pure and immutable: a reload makes a new one, and a message is judged by the one that it began with.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from trapline.config.names import MAX_DOMAIN_LENGTH, IpAddress, domain_name, is_allowed, is_below_any
from trapline.config.networks import NetworkSet
from trapline.config.remembered import TEXTS, remembered
from trapline.config.settings import Settings
from trapline.config.zones import Asked
from trapline.dnsbl import blockfile
from trapline.dnsbl.names import address_questions, domain_questions
from trapline.dnsbl.zones import ABOUT_DOMAINS, Question, Zone
from trapline.milter.policy import Policy
from trapline.traps.matching import TrapSet

_NOTHING: tuple[Question, ...] = ()
_HELO: frozenset[Asked] = frozenset(("helo",))
_MAIL_FROM: frozenset[Asked] = frozenset(("mail_from",))
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # what UTS 46 takes for a dot


class OfClient(NamedTuple):
    """What follows from a client's address."""

    exempt: str | None  #: why the client is exempt; None where it is not
    questions: tuple[Question, ...]  #: what to ask about the address
    key: blockfile.Key | None  #: by which our own blocklist has it; None where that is not to be looked into


class OfDomain(NamedTuple):
    """What to ask about a domain. Where that is the same for both, it is one object: sessions look whether it is."""

    helo: tuple[Question, ...]  #: where it stands in HELO
    mail_from: tuple[Question, ...]  #: where it stands in MAIL FROM


class Rules:
    """One snapshot of the configuration and the traps."""

    def __init__(self, settings: Settings, zones: Mapping[str, Zone], traps: TrapSet) -> None:
        """The rules that follow from `settings`; the traps' domains and the receivers count as ours."""
        self.settings = settings
        self.zones = dict(zones)
        self.traps = traps
        self.policy = Policy(settings)
        self._reads_blocklist = settings.blocklist.enabled and settings.blocklist.files.milter is not None
        self.own_domains = settings.own_domains | traps.domains
        self._exempt_networks = NetworkSet(settings.milter.exempt.networks)
        self._allowed_addresses = NetworkSet(settings.milter.allow.addresses)
        # The same clients and names come again and again.
        self.client = lru_cache(TEXTS)(self._client)
        self._asks_alike = all(
            zone.asks.isdisjoint(ABOUT_DOMAINS) or zone.asks >= ABOUT_DOMAINS for zone in zones.values()
        )
        self._of_domain = remembered(self._domain)

    def _client(self, client: IpAddress | None, daemon_name: str) -> OfClient:
        exempt = self._exempt(client, daemon_name)
        if client is None or exempt is not None:
            return OfClient(exempt, _NOTHING, None)
        return OfClient(None, self._client_questions(client), self._blocklist_key(client))

    def _exempt(self, client: IpAddress | None, daemon_name: str) -> str | None:
        """Why the client is never asked about and never refused, before it authenticates; None if it is not exempt.

        Protects our own users and machines: a submission service's clients are on the PBL as a rule.
        """
        milter = self.settings.milter
        if client is None:
            return "no IP address"
        if client in self._exempt_networks:
            return "exempt network"
        if daemon_name in milter.exempt.daemons:
            return f"exempt service {daemon_name}"
        if milter.allow.skip == "all" and client in self._allowed_addresses:
            return "allowed address"
        return None

    def _client_questions(self, client: IpAddress) -> tuple[Question, ...]:
        """What to ask about the client's address; an allowed one (`skip = "zen"`) is not asked about in zen."""
        questions = address_questions(client, self.zones)
        if client in self._allowed_addresses:
            return tuple(question for question in questions if question.zone != "zen")
        return questions

    def _blocklist_key(self, client: IpAddress) -> blockfile.Key | None:
        """How our own blocklist has the client: an allowed address is in it for nobody, whatever `skip` says.

        Protects whom the admin vouches for: what a machine wrote by itself does not overrule what he wrote.
        """
        if not self._reads_blocklist or client in self._allowed_addresses:
            return None
        return blockfile.key(client)

    def helo_questions(self, helo: str) -> tuple[Question, ...]:
        """What to ask about a HELO: nothing if it is an address literal, a single label, ours, or allowed."""
        return self._of_domain(helo).helo

    def sender_questions(self, mail_from: str) -> tuple[Question, ...]:
        """What to ask about MAIL FROM (without brackets): its domain; nothing for the null sender."""
        _, at, domain = mail_from.rpartition("@")
        return self._of_domain(domain).mail_from if at else _NOTHING

    def _domain(self, text: str) -> OfDomain:
        name = _name_in(text)
        if name is None or is_allowed(name, self.settings.milter.allow.domains):
            return OfDomain(_NOTHING, _NOTHING)
        mail_from = domain_questions(name, self.zones, _MAIL_FROM)
        if is_below_any(name, self.own_domains):
            return OfDomain(_NOTHING, mail_from)
        return OfDomain(mail_from if self._asks_alike else domain_questions(name, self.zones, _HELO), mail_from)


def _name_in(text: str) -> str | None:
    """The domain name that `text` is, or ends with."""
    return domain_name(text) or _last_labels(text)


def _last_labels(text: str) -> str | None:
    """The longest end of `text` that is a domain name, where `text` as a whole is none; at most what a name can hold.

    A label that is none in front (`-a.pills.com`), or very many of them, would hide a listed domain: zones of domains
    list all below one too. Label by label from the end: trying each end as a whole would cost 50 ms where a client
    wants it to, since internationalised labels are slow to read.
    """
    *front, last = text[-MAX_DOMAIN_LENGTH:].translate(_DOTS).strip().rstrip(".").split(".")
    top = domain_name(last) if front else None
    if top is None:
        return None
    name = top
    for label in front[:0:-1]:  # not the first: it is what is wrong, or cut off
        longer = domain_name(f"{label}.{top}")
        if longer is None or len(longer) + len(name) - len(top) > MAX_DOMAIN_LENGTH:
            break
        name = longer.removesuffix(top) + name
    return name
