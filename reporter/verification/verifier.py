"""SPF, DKIM and DMARC of a caught message, checked by us: `authentication = "self"`.

From the envelope, which is what we saw, and the message; each check is in its own file. The sender's name servers see
that somebody checks, and a signature's key can be asked for under a name of its own for each recipient: so this is an
option, for servers that verify all their mail anyway. Mail of our own clients is not checked.
"""

import time
from collections.abc import Callable, Sequence

from trapline.config.names import domain_name
from trapline.config.networks import NetworkSet
from trapline.config.settings import Settings
from trapline.config.values import Nameserver
from trapline.reporter.evidence.addresses import addresses
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.verification.dkim import Signature, check_signatures
from trapline.reporter.verification.dmarc import check_dmarc
from trapline.reporter.verification.resolver import Allowance, Resolver
from trapline.reporter.verification.spf import check_spf
from trapline.spool.envelope import Envelope
from trapline.spool.header import split_header

_FIRST_TOLD = ("pass", "temperror", "policy", "fail", "permerror", "neutral")  # of several signatures' results


class Verifier:
    """Checks messages, one after the other. For one thread."""

    def __init__(
        self,
        nameservers: Sequence[Nameserver],
        own_networks: NetworkSet,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own_networks`: whose mail is not checked. `now` is a monotonic clock."""
        self._resolver = Resolver(nameservers, now)
        self._own_networks = own_networks

    def check(self, message: bytes, envelope: Envelope) -> Authentication | None:
        """What the checks said; None where none is made.

        Takes resolver.MAX_SECONDS at most if the DNS is slow, and TRY_SECONDS more if it seems to be silent.
        """
        client = envelope.client
        if client.is_ours or (client.address and client.address in self._own_networks):
            return None
        allowance = self._resolver.allowance()
        spf, spf_domain = self._spf(envelope, allowance)
        whole = not (envelope.truncated or envelope.bodiless)
        signatures = check_signatures(message, envelope.received, allowance) if whole else ()
        proven = tuple(dict.fromkeys(one.domain for one in signatures if one.result == "pass" and one.domain))
        from_domain = None if envelope.bodiless else _from_domain(message)
        dmarc = None
        if from_domain is not None:
            unsure = envelope.truncated or "temperror" in {spf, *(one.result for one in signatures)}
            spf_proven = spf_domain if spf == "pass" else None
            dmarc = check_dmarc(from_domain, spf_proven, proven, unsure=unsure, allowance=allowance)
        return Authentication(
            spf=spf,
            dkim=_together(signatures) if whole else None,
            dmarc=dmarc,
            spf_domain=spf_domain if spf == "pass" else None,
            dkim_domains=proven,
            dmarc_domain=from_domain if dmarc == "pass" else None,
        )

    def _spf(self, envelope: Envelope, allowance: Allowance) -> tuple[str | None, str | None]:
        if envelope.client.address is None or envelope.mail_from is None:
            return None, None
        return check_spf(envelope.client.address, envelope.helo, envelope.mail_from, allowance)


def verifier(settings: Settings) -> Verifier:
    """A verifier that asks the configured resolvers (dqs.nameservers)."""
    return Verifier(settings.dqs.nameservers, NetworkSet(settings.internal_networks))


def _together(signatures: Sequence[Signature]) -> str:
    results = {one.result for one in signatures}
    return next((result for result in _FIRST_TOLD if result in results), "none")


def _from_domain(message: bytes) -> str | None:
    """The domain in From; None where it is not one alone: then DMARC says nothing (RFC 7489, 6.6.1)."""
    fields, _ = split_header(message)
    values = [value for name, value in fields if name == "from"]
    domains = {one.domain for value in values for one in addresses(value)}
    if len(values) != 1 or len(domains) != 1:
        return None
    (domain,) = domains
    return domain_name(domain)
