"""Rules about the client address: who else would suffer if it were listed?"""

import re

from trapline.config.names import IpAddress, domain_name, is_public, real_address
from trapline.dnsbl.findings import Finding, Listed
from trapline.reporter.decisions.situation import Rule, Situation
from trapline.reporter.evidence.forwarding import is_rewritten
from trapline.reporter.indicators import Skip
from trapline.reporter.suffixes import registered_domain


def not_public(_: Situation, address: IpAddress) -> Skip | None:
    """Skip private, shared and reserved addresses. Protects everybody: such an address is no single host's."""
    return None if is_public(address) else Skip("not a public address")


def our_own_network(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip our own, exempt and allowlisted networks. Protects our other servers, such as a second MX."""
    if address in situation.own_networks or real_address(address) in situation.own_networks:
        return Skip("in a network of our own, exempt or allowlisted")
    return None


def our_own_host(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip a client with a proven name of ours or of the allowlist. Protects the operator's other servers."""
    name = _client_name(situation)
    if name and (situation.is_ours(name) or situation.is_allowed(name)):
        return Skip("its verified name is ours or allowlisted")
    return None


def program_notice(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip the host of a program's notice. Protects sites on which somebody else typed the trap into a form."""
    notice = situation.evidence.generated and not situation.report_backscatter
    return Skip("a program's notice (Auto-Submitted)") if notice else None


def typed_into_form(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip the server of a site that asks a new user to set a password. Protects its owner: spam is that user's name.

    Only where the letter is from the site: anybody may link to another's page. And that of a newsletter that calls
    its reader by such a name.
    """
    own = map(registered_domain, situation.evidence.from_domains)
    asks = situation.evidence.named_by_spam or not situation.evidence.new_users_of.isdisjoint(own)
    return Skip("of a site on whose form spam was typed") if asks else None


def large_sender(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip a provider's outbound server, known by its verified name. Protects its other customers.

    A name that spells its own address is one customer's line, not a shared server; nor is what the provider sets apart
    for its customers' own servers (`members.linode.com`), where anybody may have a name.
    """
    name = _client_name(situation)
    known = situation.lists.known_names(name) if name else ()
    rented = max((len(entry.host) for entry in known if entry.listed_in == "shared_hosting"), default=0)
    for entry in known:
        if entry.listed_in == "esp":
            return Skip(f"a shared server of a mail service ({entry.host})")
        its_own = _names_its_address(name, address) or rented > len(entry.host)
        if (entry.listed_in == "freemail" or entry.kind in _BIG) and not its_own:
            return Skip(f"a shared server of a large sender ({entry.host})")
    return None


def large_senders_network(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip an address from which a large sender's SPF record lets send. Protects its other customers."""
    real = real_address(address)
    sender = next((name for name, networks in situation.large_senders if real in networks), None)
    return None if sender is None else Skip(f"a shared server of a large sender (by the SPF record of {sender})")


def forwarder(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip a forwarding service that shows a sign of forwarding. Protects the relay: somebody else sent it there."""
    sign = situation.evidence.forwarded or _alias_of_a_forwarder(situation)
    return (
        Skip(f"a forwarder, not the source ({sign})")
        if sign and _forwards(situation, _client_name(situation))
        else None
    )


def rewritten_sender(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip the relay that rewrote MAIL FROM (SRS, +caf_=). Protects forwarders that no list knows.

    Not if the message is from that very domain: nobody becomes a forwarder by wrapping himself. Nor where our server
    found that SPF fails for it: relays rewrite the sender so that it passes.
    """
    mail_from, auth = situation.evidence.envelope.mail_from, situation.evidence.auth
    if not mail_from or not is_rewritten(mail_from) or (auth is not None and auth.spf in {"fail", "softfail"}):
        return None
    wrapper = registered_domain(mail_from.rpartition("@")[2].lower())
    own = {registered_domain(domain) for domain in situation.evidence.from_domains}
    return None if wrapper in own else Skip("a forwarder, not the source (rewritten sender)")


def on_dnswl(finding: Finding) -> Skip | None:
    """Skip an address that dnswl.org has from level `low` on. Protects the honest users of a server that one misused.

    For a `finding` of that list alone; asked apart from the other rules, and only about what they would report.
    """
    if not isinstance(finding, Listed):
        return None
    level = max(int(code.rpartition(".")[2]) for code in finding.codes)
    return Skip(f"on dnswl.org, level {_LEVELS.get(level, level)}")


_LEVELS = {1: "low", 2: "med", 3: "hi"}
_BIG = {"infra", "brand", "bank", "popular"}

RULES: tuple[Rule[IpAddress], ...] = (
    not_public,
    our_own_network,
    our_own_host,
    program_notice,
    typed_into_form,
    large_sender,
    large_senders_network,
    forwarder,
    rewritten_sender,
)


def _forwards(situation: Situation, name: str) -> bool:
    return any(entry.listed_in == "forwarders" for entry in situation.lists.known_names(name))


def _alias_of_a_forwarder(situation: Situation) -> str | None:
    """Alias services send from addresses of their own, without any other sign."""
    mail_from = situation.evidence.envelope.mail_from
    domain = domain_name(mail_from.rpartition("@")[2]) if mail_from else None
    return f"an alias address of {domain}" if domain and _forwards(situation, domain) else None


def _client_name(situation: Situation) -> str:
    return domain_name(situation.evidence.envelope.client.name or "") or ""


def _names_its_address(name: str, address: IpAddress) -> bool:
    """Whether the name spells the address, as those of access lines and rented servers do."""
    if address.version == 6:
        return False
    octets = str(address).split(".")
    numbers = re.findall(r"\d+", name)
    return all(octet in {number.lstrip("0") or "0" for number in numbers} for octet in octets)
