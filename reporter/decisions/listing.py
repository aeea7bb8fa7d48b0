"""Rules about the local blocklist: who may be listed here for having hit a trap, and who is spared.

Mostly the reporter's own rules about the client's address, in another order; what the operator allows to be reported
(`reporter.report_backscatter`, `submit_mixed`) changes nothing here. A name is listed nowhere, and no address that a
message tells: only the client's, as a server of ours saw it. What a message says of itself is the sender's word: it
spares as long as what we saw does not speak against it, or it has him listed after a second trap only.

For how long is listed, and how many hits it takes, is blocklist/listing.py's subject.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from trapline.blocklist.entry import listed_network
from trapline.config.names import IpAddress
from trapline.dnsbl.findings import Finding, Unknown
from trapline.reporter.decisions import addresses, messages
from trapline.reporter.decisions.situation import Rule, Situation
from trapline.reporter.indicators import Skip
from trapline.reporter.suffixes import registered_domain

MORE_TRAPS = 2  #: with different labels, where one may have been named to the sender by anybody

_UNCHECKED = {None, "temperror"}  # nobody could say whether a DKIM signature fits (RFC 8601, 2.7.1)


@dataclass(frozen=True, slots=True)
class ListHere:
    """The client may be listed on this server."""

    traps: int = 1  #: only after hits on that many traps with different labels
    why: str | None = None  #: why more than one
    rule: str | None = None  #: the name of the rule that wants more than one, `newsletter`


@dataclass(frozen=True, slots=True)
class Spare:
    """The client is not listed for this message."""

    rule: str  #: the rule's name, `large_sender`
    reason: str  #: in words a mail admin understands


Listing = ListHere | Spare


def unseen_client(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip saved messages: no server of ours saw their client. Protects hosts that a sender wrote into Received."""
    if situation.evidence.envelope.source == "file":
        return Skip("a saved message: who sent it was not seen by a server of ours")
    return None


def no_trap_hit(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip Junk folders. Protects senders whom one person is tired of: newsletters and mailing lists end up there."""
    envelope = situation.evidence.envelope
    if envelope.role == "junk" or not envelope.traps:
        return Skip("from a Junk folder: one person's opinion, no trap was hit")
    return None


def refused_already(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip what was refused before DATA. Protects clients delayed by mistake: it may be another try.

    Such a client is on some list already, and what it wanted to send can't be seen: forwarded mail, bounces and
    newsletters would count as spam, and each try of one deferred message as another hit.
    """
    if situation.evidence.envelope.bodiless:
        return Skip("refused before DATA, by a list that it is on: what it was can't be seen")
    return None


def unreadable(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip what a defect of ours kept us from reading. Protects forwarders, bounces and newsletters: none was seen.

    Not what is merely broken or too large: its header can be read, and a sender could break every message.
    """
    return None if situation.evidence.readable else Skip("the message could not be read")


def neighbour(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip a client whose /64 has a host of ours or of a large sender. Protects them: the /64 is what is listed."""
    network = listed_network(address)
    if network.num_addresses == 1:
        return None  # the rules about the address have seen all of it
    if situation.own_networks.overlaps(network):
        return Skip(f"a host of our own is in {network}")
    sender = next((name for name, networks in situation.large_senders if networks.overlaps(network)), None)
    return None if sender is None else Skip(f"a large sender's server is in {network} (by the SPF record of {sender})")


def backscatter(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip bounces and automatic replies. Protects servers that answer mail whose sender was forged to be the trap."""
    return None if _is_refuted(situation) else messages.backscatter(situation, _)


def program_notice(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip a program's notice. Protects sites on which somebody else typed the trap into a form."""
    return None if _is_refuted(situation) else addresses.program_notice(situation, address)


def confirmation_request(situation: Situation, _: IpAddress) -> Skip | None:
    """Skip requests to confirm a subscription. Protects services on whose form somebody typed the trap."""
    why = None if _is_refuted(situation) else messages.confirmation(situation)
    return None if why is None else Skip(why)


def typed_into_form(situation: Situation, address: IpAddress) -> Skip | None:
    """Skip a site's letter to a new user whose name is spam. Protects the site: a robot typed it into the form."""
    return None if _is_refuted(situation) else addresses.typed_into_form(situation, address)


def newsletter(situation: Situation, _: IpAddress) -> Skip | None:
    """Wait for a second trap where a mailing is signed by who it is from. Protects lists that a trap was put on.

    Anybody may have subscribed one trap; no list comes by two of them honestly. Signed by its sender (From) or, since
    many a list leaves From as it is, by the list itself: with a signature that our server found to fit, or that nobody
    could check.
    """
    mailing, auth = situation.evidence.mailing, situation.evidence.auth
    if mailing is None:
        return None
    claimed = situation.evidence.claimed_signers
    signers = claimed if auth is None or auth.dkim in _UNCHECKED else auth.dkim_domains
    names = (*situation.evidence.from_domains, *((mailing.list_id,) if mailing.list_id else ()))
    if {registered_domain(name) for name in names}.isdisjoint(map(registered_domain, signers)):
        return None
    return Skip(f"a mailing that somebody may have subscribed the trap to ({mailing.field})")


def notice_to_several(situation: Situation, address: IpAddress) -> Skip | None:
    """Wait for a second trap where a program's notice went to several. Protects help desks, forums and shops.

    Who has an account there can have their notices sent to a trap as well (Cc of a ticket, people who are invited), in
    one transaction with his own. Unlike an answer such a notice may go to many (RFC 3834 speaks of answers alone).
    """
    return None if _is_forged(situation) else addresses.program_notice(situation, address)


def said_forwarded(situation: Situation, _: IpAddress) -> Skip | None:
    """Wait for a second trap where only the message says that it was forwarded. Protects relays that no list knows.

    Anybody can write such a field (ARC, X-Forwarded-To, Resent-To), and who forwards to one trap may have been told to.
    """
    sign = situation.evidence.forwarded_field
    return None if sign is None else Skip(f"says that it was forwarded ({sign})")


def form_copy(situation: Situation, _: IpAddress) -> Skip | None:
    """Wait for a second trap where a site sends a copy of what was typed into its form. Protects the site.

    Such a copy goes to one address.
    """
    why = None if _is_refuted(situation) else messages.form_copy(situation)
    return None if why is None else Skip(why)


#: Never listed, in this order: the first that objects is the reason. Names stand in the log, the store and docs/.
SPARED: Mapping[str, Rule[IpAddress]] = {
    "unseen_client": unseen_client,
    "no_trap_hit": no_trap_hit,
    "own_user": messages.own_user,
    "not_public": addresses.not_public,
    "our_own_network": addresses.our_own_network,
    "our_own_host": addresses.our_own_host,
    "once_somebodys": messages.once_somebodys,
    "refused_already": refused_already,
    "unreadable": unreadable,
    "large_sender": addresses.large_sender,
    "large_senders_network": addresses.large_senders_network,
    "neighbour": neighbour,
    "forwarder": addresses.forwarder,
    "rewritten_sender": addresses.rewritten_sender,
    "backscatter": backscatter,
    "program_notice": program_notice,
    "confirmation_request": confirmation_request,
    "typed_into_form": typed_into_form,
}

#: Listed after hits on MORE_TRAPS traps only.
DOUBTED: Mapping[str, Rule[IpAddress]] = {
    "newsletter": newsletter,
    "notice_to_several": notice_to_several,
    "said_forwarded": said_forwarded,
    "form_copy": form_copy,
}

#: Rules about the client's address that need an answer of dnswl.org, in `by_dnswl`.
ASKED = ("on_dnswl", "dnswl_silent")


def listing(situation: Situation) -> Listing:
    """Whether the client may be listed here for the message, before dnswl.org is asked (`by_dnswl`)."""
    address = situation.evidence.envelope.client.address
    if address is None:
        return Spare("unseen_client", "its client is not known")
    as_here = replace(situation, report_backscatter=False)
    for name, rule in SPARED.items():
        if (skip := rule(as_here, address)) is not None:
            return Spare(name, skip.reason)
    for name, rule in DOUBTED.items():
        if (skip := rule(as_here, address)) is not None:
            return ListHere(MORE_TRAPS, skip.reason, name)
    return ListHere()


def by_dnswl(finding: Finding) -> Spare | None:
    """Whether dnswl.org's answer about the client spares it; none does too.

    An operator who has dnswl.org asked wants nobody listed whom it vouches for, and without an answer we do not know.
    So nobody is listed while it is silent; the next hit after that lists the client. (Likewise mail flows while a zone
    is silent; the log says both.)
    """
    if isinstance(finding, Unknown):
        return Spare("dnswl_silent", f"dnswl.org gives no answer: {finding.why}")
    skip = addresses.on_dnswl(finding)
    return None if skip is None else Spare("on_dnswl", skip.reason)


def _is_refuted(situation: Situation) -> bool:
    """Whether we saw that the message is not what it says of itself, an answer or a notice to one.

    Those go to one address (RFC 5321, 4.5.5 and 6.1; RFC 3834, 4).
    """
    envelope = situation.evidence.envelope
    if not envelope.received_by_another and (len(envelope.recipients) > 1 or envelope.others):
        return True
    return _is_forged(situation)


def _is_forged(situation: Situation) -> bool:
    """Whether SPF fails for the sender; of the null sender it says nothing."""
    auth = situation.evidence.auth
    return bool(situation.evidence.envelope.mail_from) and auth is not None and auth.spf == "fail"
