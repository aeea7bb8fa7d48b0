"""What the rules look at: the evidence, and what the operator configured as his own.

A rule is a pure function of a `Situation` and one indicator; it returns a `Skip` or nothing. The first objection wins.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from trapline.config.names import address, is_allowed, is_below_any
from trapline.config.networks import NetworkSet
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.indicators import Decision, Report, Skip
from trapline.reporter.lists import SHIPPED, Lists
from trapline.reporter.suffixes import registered_domain

T = TypeVar("T")

LargeSenderNetworks = tuple[tuple[str, NetworkSet], ...]  #: by the name of an SPF record: from where it lets send


@dataclass(frozen=True, slots=True)
class Situation:
    """One message, and whom the operator protects."""

    evidence: Evidence
    own_domains: frozenset[str]  #: with all below them; the traps' and receivers' among them
    own_networks: NetworkSet
    allowed_domains: tuple[str, ...]  #: `example.com`, or `.example.com` for it and all below
    submit_mixed: bool = False  #: the sample of what people got too may be sent
    report_backscatter: bool = False  #: bounces and automatic replies are reported like other mail
    lists: Lists = SHIPPED  #: what hosts are known as
    large_senders: LargeSenderNetworks = ()

    def is_ours(self, name: str) -> bool:
        """Whether `name` is, or is below, a domain of ours or of a recipient."""
        return is_below_any(name, self.own_domains) or is_below_any(name, self.evidence.recipient_domains)

    def is_proven(self, domain: str) -> bool:
        """Whether `domain` vouched for the message: SPF, DKIM or DMARC passed for it, or for a name aligned with it."""
        auth = self.evidence.auth
        return auth is not None and auth.covers(domain)

    def is_senders(self, domain: str) -> bool:
        """Whether the registered `domain` is who the message is from, by its From field or by what vouched for it."""
        return self.is_proven(domain) or domain in map(registered_domain, self.evidence.from_domains)

    def is_forged(self, domain: str) -> bool:
        """Whether our server found that who sent this may not say that it is from the registered `domain`.

        Only what speaks against it counts: DMARC fails, or SPF does for MAIL FROM there. No answer proves nothing.
        """
        auth, mail_from = self.evidence.auth, self.evidence.envelope.mail_from
        claimed = domain in map(registered_domain, self.evidence.from_domains)
        if auth is None or not claimed or self.is_proven(domain):
            return False
        from_there = bool(mail_from) and registered_domain(address(mail_from or "").domain) == domain
        return auth.dmarc == "fail" or (auth.spf == "fail" and from_there)

    def is_allowed(self, name: str) -> bool:
        """Whether the operator put `name` on his allowlist."""
        return is_allowed(name, self.allowed_domains)


Rule = Callable[[Situation, T], Skip | None]
Wait = Callable[[Situation], str | None]  #: why a report has to wait for a second message


def decide(rules: Iterable[Rule[T]], situation: Situation, indicator: T) -> Decision:
    """`Report`, unless a rule objects; the first objection is the reason that the user sees."""
    return next((skip for rule in rules if (skip := rule(situation, indicator))), Report())
