"""Who is exempt, what is asked about whom: the settings of the milter as questions that a session asks.

Pure and immutable: a reload makes a new one, and a connection keeps the one it began with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trapline.config.names import MAX_DOMAIN_LENGTH, IpAddress, address, domain_name, is_below_any
from trapline.config.settings import Settings
from trapline.config.values import in_networks
from trapline.dnsbl.names import address_questions, domain_questions
from trapline.dnsbl.zones import Question, Zone
from trapline.traps.matching import TrapSet

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # what UTS 46 takes for a dot


@dataclass(frozen=True, slots=True)
class Rules:
    """One snapshot of the configuration and the traps."""

    settings: Settings
    zones: Mapping[str, Zone]
    traps: TrapSet
    own_domains: frozenset[str]

    @classmethod
    def of(cls, settings: Settings, zones: Mapping[str, Zone], traps: TrapSet) -> "Rules":
        """The rules that follow from `settings`; the traps' domains and the receivers count as ours."""
        ours = frozenset((*settings.ours.domains, *settings.reporter.receivers)) | traps.domains
        return cls(settings, zones, traps, ours)

    def exempt(self, client: IpAddress | None, daemon_name: str) -> str | None:
        """Why the client is never asked about and never refused, before it authenticates; None if it is not exempt.

        Protects our own users and machines: a submission service's clients are on the PBL as a rule.
        """
        milter = self.settings.milter
        if client is None:
            return "no IP address"
        if milter.exempt.covers(client):
            return "exempt network"
        if daemon_name in milter.exempt.daemons:
            return f"exempt service {daemon_name}"
        if milter.allow.skip == "all" and in_networks(client, milter.allow.addresses):
            return "allowed address"
        return None

    def client_questions(self, client: IpAddress) -> tuple[Question, ...]:
        """What to ask about the client's address; an allowed one (`skip = "zen"`) is not asked about in zen."""
        questions = address_questions(client, dict(self.zones))
        if in_networks(client, self.settings.milter.allow.addresses):
            return tuple(question for question in questions if question.zone != "zen")
        return questions

    def helo_questions(self, helo: str) -> tuple[Question, ...]:
        """What to ask about a HELO: nothing if it is an address literal, a single label, ours, or allowed."""
        name = domain_name(helo) or _last_labels(helo)
        return () if name is None or is_below_any(name, self.own_domains) else self._domain_questions(name)

    def sender_questions(self, mail_from: str) -> tuple[Question, ...]:
        """What to ask about MAIL FROM: its domain; nothing for the null sender."""
        domain = address(mail_from).domain
        name = domain_name(domain) or _last_labels(domain)
        return () if name is None else self._domain_questions(name)

    def _domain_questions(self, name: str) -> tuple[Question, ...]:
        allowed = self.settings.milter.allow.domains
        if any(name == entry.removeprefix(".") or (entry[0] == "." and name.endswith(entry)) for entry in allowed):
            return ()
        return domain_questions(name, dict(self.zones))


def _last_labels(text: str) -> str | None:
    """The longest end of `text` that is a domain name, where `text` as a whole is none; at most what a name can hold.

    A label that is none in front (`-a.pills.com`, an emoji), or very many of them, would hide a listed domain: zones of
    domains list all below one too.
    """
    rest = text[-MAX_DOMAIN_LENGTH:].translate(_DOTS)
    while rest:
        rest = rest.partition(".")[2]
        if (name := domain_name(rest)) is not None:
            return name
    return None
