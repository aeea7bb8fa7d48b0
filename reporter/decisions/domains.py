"""Rules about domains: whose name is it, and who vouched for it?"""

from collections.abc import Iterable, Iterator

from trapline.reporter.decisions.situation import Rule, Situation
from trapline.reporter.decisions.sources import BESIDE, CAPTION, CITED, COMMENT, HIDDEN, NO_LURE, QUOTED, TO_NAME
from trapline.reporter.evidence.evidence import SeenDomain
from trapline.reporter.evidence.forwarding import is_rewritten
from trapline.reporter.indicators import Skip
from trapline.reporter.lists import Entry
from trapline.reporter.suffixes import is_delegated, is_public_suffix, platform, registered_domain

# Fields in which a sender claims a name; a proven DKIM domain and a link's host are no claims.
_CLAIMS = frozenset({"from", "sender", "reply_to", "return_path", "mail_from", "helo", "message_id"})
_UNSUBSCRIBE = frozenset({"list_unsubscribe"})
_CLAIMED = _CLAIMS | _UNSUBSCRIBE  # whatever the sender wrote into the header
_RELAY = frozenset({"mail_from", "helo"})  # where a relay says its own name
_SHOWN = frozenset({"html:img", "html:link"})
_NO_LURE = NO_LURE | _SHOWN


def reserved_name(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that nobody can own: reserved ones, unknown suffixes (RFC 6761). Protects from nonsense."""
    return None if is_delegated(domain.value) else Skip("no name of the public DNS")


def our_own(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip our own domains, the traps' and the recipients'. Protects us: spammers like to write our own name."""
    if any(situation.is_ours(name) for name in _names(domain)):
        return Skip("our own, a trap's or the recipient's domain")
    return None


def allowlisted(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip what the operator allowlisted. Protects whom he knows."""
    return Skip("allowlisted") if any(situation.is_allowed(name) for name in _names(domain)) else None


def public_suffix(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names below which others register. Protects all of them."""
    return Skip("a public suffix") if is_public_suffix(domain.value) else None


def known_innocent(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip brands, mail providers, services and platforms on our lists. Protects them and their other customers."""
    entry = next(_known(situation, domain), None)
    return None if entry is None else Skip(f"{_MEANING[entry.listed_in]} ({entry.host})")


def shared_platform(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that a platform hands out (the PRIVATE suffixes). Protects the platform; the full URL says it all.

    Skips the platform's own name too, where a link leads to a host below which it hands names out (`cdn.bubble.io`).
    Not names below registries (`eu.com`), which are PRIVATE suffixes as well: these were bought like any others.
    """
    given_by = platform(domain.value) or next(filter(is_public_suffix, domain.hosts), None)
    return None if given_by is None or _is_registry(situation, given_by) else Skip(f"a shared platform ({given_by})")


def only_shown(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip hosts of images and style sheets only. Protects sites whose pictures a spammer borrowed."""
    return Skip("only pictures are there") if _SHOWN.issuperset(domain.sources) else None


def only_hidden(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that stand in hidden text and comments only. Protects sites whose pages were copied there."""
    if not HIDDEN.issuperset(domain.sources):
        return None
    return Skip("only in what Outlook alone shows" if COMMENT in domain.sources else "only in text that nobody sees")


def only_quoted(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names in a message that is quoted, beside a lure. Protects people whose stolen mail spam answers."""
    said = set(domain.sources) - _CLAIMED
    quoted = not QUOTED.isdisjoint(said) and said <= QUOTED | _NO_LURE | {"html:caption"}
    return Skip("only in the message that is quoted") if quoted else None


def only_caption(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that only the text of a link or button says. Protects the bank that phish pretends to be.

    The plain text beside the HTML says what the HTML shows, and so does a forged sender.
    """
    said = set(domain.sources) - _CLAIMED
    if "html:caption" in said and said <= CAPTION | _NO_LURE and not situation.is_proven(domain.value):
        return Skip("only the caption of a link")
    return None


def only_cited(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that only an attached document of many links has. Protects those whom papers and brochures cite."""
    cited = CITED in domain.sources and _is_only_attached(situation, domain)
    return Skip("one of the many links of a document") if cited else None


def beside_a_lure(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip names that only an attached document has, beside a lure. Protects whose letter or bill is a decoy.

    The full URL is reported: the lure may be in both.
    """
    beside = BESIDE in domain.sources and _is_only_attached(situation, domain)
    return Skip("only in a document, beside a lure") if beside else None


def only_to_unsubscribe(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip hosts that only List-Unsubscribe names. Protects services that handle it for their customers."""
    return Skip("only named to unsubscribe") if _UNSUBSCRIBE.issuperset(domain.sources) else None


def mere_helo(_: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a name that only HELO says. Protects whoever is called so: nothing proves a HELO (RFC 5321, 4.1.4)."""
    said = set(domain.sources) - _UNSUBSCRIBE - {"message_id"}
    return Skip("only a HELO: anybody can say it") if said == {"helo"} else None


def forwarders_name(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip the relay's own name in a rewritten MAIL FROM. Protects the forwarder, whose SPF passes for spam too.

    Its DKIM passes too, where it signs what it forwards. Whoever signed with another name is not the relay.
    """
    rewritten = is_rewritten(situation.evidence.envelope.mail_from or "")
    own = {registered_domain(one) for one in situation.evidence.from_domains}
    signed = {"dkim"} if _RELAY.intersection(domain.sources) else set()
    if rewritten and (_CLAIMED | signed).issuperset(domain.sources) and domain.value not in own:
        return Skip("named by a forwarder")
    return None


def forged_sender(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a sender's domain without an aligned SPF or DKIM pass (RFC 7489, 3.1). Protects its real owner."""
    claimed = (_CLAIMED | _SHOWN | HIDDEN).issuperset(domain.sources)
    if claimed and not situation.is_proven(domain.value):
        return Skip("possibly forged: no aligned SPF or DKIM pass")
    return None


def broken_into(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a site of which only inner folders are linked. Protects its owner, who was hacked; the full URL says it all.

    Not one that vouched for the message.
    """
    hacked = domain.inner and not situation.is_proven(domain.value)
    return Skip("perhaps a hacked site: only a folder within is linked") if hacked else None


def click_tracker(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a domain that only has a mail service's click-tracking links. Protects a customer whose account was misused.

    The full URL is reported. Not one that vouched for the message.
    """
    counts = domain.click_tracker and not situation.is_proven(domain.value)
    return Skip("only in a mail service's click-tracking links") if counts else None


def typed_into_form(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a site that asks a new user to set a password. Protects its owner: spam is in the name of that user.

    So it is in the name by which To of a newsletter calls its reader.
    """
    asks = domain.value in situation.evidence.new_users_of
    asks |= situation.evidence.named_by_spam and TO_NAME not in domain.sources
    return Skip("a site on whose form spam was typed") if asks else None


def framed_sender(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip a From domain that was found to be forged, though linked. Protects a brand linked beside a lure."""
    return Skip("forged: DMARC or SPF fails for it") if situation.is_forged(domain.value) else None


RULES: tuple[Rule[SeenDomain], ...] = (
    reserved_name,
    our_own,
    allowlisted,
    public_suffix,
    known_innocent,
    shared_platform,
    only_shown,
    only_hidden,
    only_quoted,
    only_caption,
    only_cited,
    beside_a_lure,
    only_to_unsubscribe,
    mere_helo,
    forwarders_name,
    forged_sender,
    framed_sender,
    typed_into_form,
    broken_into,
    click_tracker,
)

_MEANING = {
    "link_wrappers": "wraps other links",
    "shorteners": "a URL shortener",
    "shorteners_ccbysa": "a URL shortener",
    "shared_hosting": "a shared platform",
    "esp": "a mail service",
    "freemail": "a mail provider",
    "forwarders": "a forwarder",
    "well_known": "well known",
}


def _is_only_attached(situation: Situation, domain: SeenDomain) -> bool:
    """Whether it is in documents that need be no lure, and nowhere else but where anybody is shown or claimed to be."""
    said = set(domain.sources) - _CLAIMED
    return said <= _NO_LURE and not situation.is_proven(domain.value)


def _names(domain: SeenDomain) -> Iterable[str]:
    return dict.fromkeys((domain.value, *domain.hosts))


def _known(situation: Situation, domain: SeenDomain) -> Iterator[Entry]:
    """Every row, of links and of names, that covers the domain or one of its hosts; registries protect nobody below."""
    for name in _names(domain):
        link = situation.lists.known_link(name)
        for entry in (*([link] if link else []), *situation.lists.known_names(name)):
            if not (entry.kind == "registry" and entry.host != domain.value):
                yield entry


def _is_registry(situation: Situation, suffix: str) -> bool:
    entry = situation.lists.known_link(suffix)
    return entry is not None and entry.kind == "registry"
