"""Rules about links: a full URL tells a page of spam from the innocent host that it stands on."""

import re

from trapline.config.names import is_public
from trapline.reporter.decisions.situation import Rule, Situation
from trapline.reporter.decisions.sources import CAPTION, CITED, COMMENT, HIDDEN, NO_LURE, QUOTED, TO_NAME
from trapline.reporter.evidence.evidence import SeenUrl
from trapline.reporter.indicators import Skip
from trapline.reporter.lists import Entry
from trapline.reporter.suffixes import is_delegated, is_public_suffix, platform, registered_domain

_NAMESPACES = re.compile(r"\.(?:dtd|xsd)$|/(?:xmlns|schemas?|namespaces?)/", re.IGNORECASE)


def reserved_name(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip hosts that no public DNS or network has. Protects from nonsense and inner networks."""
    url = seen.url
    if url.address is not None:
        return None if is_public(url.address) else Skip("not a public address")
    registry = is_public_suffix(url.host) and platform(url.host) is None  # `co.uk`; a platform's may have pages
    return None if is_delegated(url.host) and not registry else Skip("no host of the public DNS")


def our_own(situation: Situation, seen: SeenUrl) -> Skip | None:
    """Skip links to us and to the recipients' domains. Protects us."""
    return Skip("our own, a trap's or the recipient's host") if situation.is_ours(seen.url.host) else None


def allowlisted(situation: Situation, seen: SeenUrl) -> Skip | None:
    """Skip what the operator allowlisted. Protects whom he knows."""
    return Skip("allowlisted") if situation.is_allowed(seen.url.host) else None


def names_recipient(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip a link in which the recipient's address stands. Protects the trap: a report would tell it."""
    return Skip("names the recipient") if seen.names_recipient else None


def to_unsubscribe(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip unsubscribe links. Protects services that handle them for others; and nobody is lured by one."""
    return Skip("an unsubscribe link") if seen.purpose == "unsubscribe" else None


def picture(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip images, tracking pixels and style sheets. Protects sites whose pictures a spammer borrowed."""
    return Skip("a picture, not a link") if seen.purpose == "picture" else None


def hidden(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip what stands in hidden text and comments only. Protects sites whose pages were copied there."""
    if not HIDDEN.issuperset(seen.sources):
        return None
    return Skip("only in what Outlook alone shows" if COMMENT in seen.sources else "only in text that nobody sees")


def quoted(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip what stands in a quoted message, beside a lure. Protects people whose stolen mail spam answers."""
    only = not QUOTED.isdisjoint(seen.sources) and (QUOTED | NO_LURE | {"html:caption"}).issuperset(seen.sources)
    return Skip("only in the message that is quoted") if only else None


def caption(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip what only the text of a link says, which leads elsewhere. Protects the bank that phish pretends to be."""
    if "html:caption" in seen.sources and (CAPTION | NO_LURE).issuperset(seen.sources):
        return Skip("only the caption of a link")
    return None


def cited(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip what only an attached document of many links names. Protects those whom papers and brochures cite."""
    only = CITED in seen.sources and NO_LURE.issuperset(seen.sources)
    return Skip("one of the many links of a document") if only else None


def namespace(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip names of XML namespaces and DTDs. Protects w3.org and its like: they are written, not linked."""
    return Skip("a document type or namespace") if _NAMESPACES.search(seen.url.path) else None


def known_innocent(situation: Situation, seen: SeenUrl) -> Skip | None:
    """Skip pages that a known host makes itself. Protects it; what its customers put there is reported by full URL."""
    entry = situation.lists.known_link(seen.url.host, seen.url.path)
    return None if entry is None else _JUDGES[entry.listed_in](entry, seen)


def platforms_front_page(_: Situation, seen: SeenUrl) -> Skip | None:
    """Skip the front page of a name below which others register. Protects the platform; a path may be a customer's."""
    own = _empty_path(seen) and seen.url.address is None and is_public_suffix(seen.url.host)
    return Skip(f"a platform's own page ({seen.url.host})") if own else None


def typed_into_form(situation: Situation, seen: SeenUrl) -> Skip | None:
    """Skip where a new user is to log in. Protects the site on whose form somebody typed spam as a name.

    So does a newsletter that calls its reader by such a name: all links are its own but the one in the name.
    """
    asks = seen.url.domain in situation.evidence.new_users_of
    asks |= situation.evidence.named_by_spam and TO_NAME not in seen.sources
    return Skip("of a site on whose form spam was typed") if asks else None


def framed_sender(situation: Situation, seen: SeenUrl) -> Skip | None:
    """Skip the pages of a From domain that was proven to be forged. Protects the bank whose letter phish copies."""
    domain = seen.url.domain
    forged = domain is not None and situation.is_forged(domain)
    return Skip("of a forged sender: DMARC or SPF fails for it") if forged else None


RULES: tuple[Rule[SeenUrl], ...] = (
    reserved_name,
    our_own,
    allowlisted,
    names_recipient,
    to_unsubscribe,
    picture,
    hidden,
    quoted,
    caption,
    cited,
    namespace,
    known_innocent,
    platforms_front_page,
    typed_into_form,
    framed_sender,
)


def _front_page(entry: Entry, seen: SeenUrl) -> bool:
    """Whether the link leads to the service's own pages."""
    return seen.url.host in {entry.host, f"www.{entry.host}"}


def _empty_path(seen: SeenUrl) -> bool:
    return seen.url.path in {"", "/"} and not seen.url.query


def _wrapper(entry: Entry, seen: SeenUrl) -> Skip | None:
    if seen.leads_to is not None:
        return Skip("wraps another link, which is judged instead")
    return None if entry.kind in {"esp", "affiliate"} else Skip("wraps another link that can't be read")


def _shortener(entry: Entry, seen: SeenUrl) -> Skip | None:
    if entry.kind != "open":
        return Skip(f"a brand's own short link ({entry.host})")
    return Skip(f"a shortener's own page ({entry.host})") if _empty_path(seen) else None


def _unknown_shortener(entry: Entry, _: SeenUrl) -> Skip | None:
    return Skip(f"a short link, perhaps a brand's own ({entry.host})")


def _hosting(entry: Entry, seen: SeenUrl) -> Skip | None:
    if entry.kind == "registry":  # a name below one was bought like any other
        own = seen.url.host == entry.host
    elif entry.kind == "host" or _was_given(entry, seen.url.host):  # its customers have hosts of their own
        own = _front_page(entry, seen)
    else:  # they have paths
        own = _empty_path(seen)
    return Skip(f"a platform's own page ({entry.host})") if own else None


def _was_given(entry: Entry, host: str) -> bool:
    """Whether a platform gave the name to one customer: the Public Suffix List knows those, and no tenants of firms."""
    return platform(host) is not None and not is_public_suffix(host) and registered_domain(host) != entry.host


def _mail_service(entry: Entry, seen: SeenUrl) -> Skip | None:
    if entry.kind in {"send", "gateway"}:
        return Skip(f"a mail service's own page ({entry.host})")
    return Skip(f"a mail service's own page ({entry.host})") if _front_page(entry, seen) or _empty_path(seen) else None


def _mail_provider(entry: Entry, _: SeenUrl) -> Skip | None:
    return Skip(f"a mail provider's page ({entry.host})")


def _well_known(entry: Entry, seen: SeenUrl) -> Skip | None:
    if entry.kind in {"edu", "gov"}:
        return Skip(f"a public body's own page ({entry.host})") if _empty_path(seen) else None
    return Skip(f"well known ({entry.host})")


_JUDGES = {
    "link_wrappers": _wrapper,
    "shorteners": _shortener,
    "shorteners_ccbysa": _unknown_shortener,
    "shared_hosting": _hosting,
    "esp": _mail_service,
    "freemail": _mail_provider,
    "well_known": _well_known,
}
