"""From a message and its envelope to the evidence: every place is looked at, and what is found is put together.

Pure. What a place holds is told by its own file: html.py, text.py, urls.py, wrappers.py, purpose.py, addresses.py,
content.py, backscatter.py, confirmation.py, form_copies.py, forwarding.py, mailing.py and typed_names.py; links.py puts
links together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from trapline.config.names import Address, address, domain_name
from trapline.reporter.evidence.addresses import addresses
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.evidence.backscatter import automatic, generated
from trapline.reporter.evidence.confirmation import asks_a_new_user, reads_like_confirmation
from trapline.reporter.evidence.content import Words, content
from trapline.reporter.evidence.evidence import Evidence, SeenDomain
from trapline.reporter.evidence.form_copies import is_form_copy
from trapline.reporter.evidence.forwarding import delivered_elsewhere, forwarded, forwarded_field
from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.links import Found, Links
from trapline.reporter.evidence.mailing import claimed_signers, mailing
from trapline.reporter.evidence.quotes import begins, is_answer
from trapline.reporter.evidence.text import links, pictures
from trapline.reporter.evidence.trackers import of_sender
from trapline.reporter.evidence.typed_names import (
    TO_NAME,
    links_in_recipients_names,
    links_in_users_names,
    new_users_of,
)
from trapline.reporter.evidence.urls import Url, normal
from trapline.reporter.evidence.wrappers import unwrapped, wrapper
from trapline.reporter.lists import SHIPPED, Lists
from trapline.reporter.parsing.message import Message, Text
from trapline.reporter.parsing.recipient_forms import Mentions, is_telling, mentions_recipient
from trapline.reporter.parsing.transfer import decoded_words
from trapline.reporter.sketches import sketch
from trapline.reporter.suffixes import registered_domain
from trapline.spool.envelope import Envelope

MAX_FIELDS = 5  #: header fields of one name whose addresses are read
MAX_HEADER_RECIPIENTS = 100  #: addresses of To, Cc and the like that links are searched for
MAX_LED_TO = 8  #: registered domains that a document leads to; one with more of them cites
MAX_SUBJECT_CHARS = 998  #: as long as a line of mail may be (RFC 5322, 2.1.1)

_RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to")
_DOMAIN_FIELDS = {"from": "from", "sender": "sender", "reply-to": "reply_to", "return-path": "return_path"}
_ANGLED_URL = re.compile(r"<\s*(https?:[^<>\s]{1,8000})\s*>", re.IGNORECASE)
_ANGLED_MAILBOX = re.compile(r"<\s*mailto:([^<>?\s]{1,1000})", re.IGNORECASE)

_LINK_SOURCES = ("document", "html", "text", TO_NAME, "list_unsubscribe")  # their hosts are normal already

_CAPTIONED = frozenset({"html:a", "html:quoted", "html:form", "html:script"})  # links and buttons
_TO_NO_HOST = re.compile(r"\s{0,20}(?:mailto|tel|sms|javascript|data|about|file):", re.IGNORECASE)
_QUOTED_LINE = re.compile(r"^[ \t]{0,4}>.*\n?", re.MULTILINE)


def collect(
    message: Message, envelope: Envelope, auth: Authentication | None = None, lists: Lists = SHIPPED
) -> Evidence:
    """All evidence of `message`, caught as `envelope` says; `auth` is what is believed of its authentication.

    `lists` say which hosts wrap other links.
    """
    subject = _subject(message)
    senders = _addresses(message, ("from",))
    recipients = _addresses(message, _RECIPIENT_FIELDS)
    found = Links(_mentions(envelope, recipients), of_sender(envelope.mail_from, message.fields), lists)
    found.add_all(_links(message, found))
    found.add_all(_web(links_in_users_names([seen.url for seen in found.urls()]), "text"))
    found.settle_leaving()
    found.settle_quotes(answers=is_answer(subject or ""), files=_brings_files(message))
    found.settle_documents()
    found.settle_captions()
    shown = [words.shown for words in found.words]
    urls = found.urls()
    return Evidence(
        envelope=envelope,
        subject=subject,
        auth=auth,
        addresses=() if envelope.client.address is None else ((envelope.client.address, ("client",)),),
        domains=_domains([*_header_domains(message, envelope, auth), *found.hosts()], found),
        urls=urls,
        from_domains=tuple(dict.fromkeys(one.domain for one in senders if one.domain)),
        recipient_domains=_recipient_domains(envelope, recipients),
        automatic=automatic(message, envelope.mail_from, tuple(map(str, senders)), subject),
        generated=generated(message),
        forwarded=forwarded(message, envelope.mail_from),
        error=message.problem or found.problem,
        forwarded_field=forwarded_field(message) or _delivered_elsewhere(message, envelope, recipients),
        mailing=mailing(message),
        claimed_signers=claimed_signers(message),
        confirmation=reads_like_confirmation(subject, shown)
        or asks_a_new_user(seen.url for seen in urls if seen.purpose != "picture"),
        form_copy=is_form_copy(shown),
        new_users_of=new_users_of(seen.url for seen in urls),
        named_by_spam=mailing(message) is not None and found.named_by_spam(_recipient_domains(envelope, recipients)),
        sketch=sketch(shown),
        content=content(found.words, message.attachments, message.files),
    )


def _links(message: Message, found: Links) -> Iterator[Found]:
    """Each link of the message; `found` is told the words around them, and what could not be read."""
    for part in message.texts:
        if part.html:
            yield from _in_html(part, found)
        else:
            yield from _in_plain_text(part, found)
    for links_of_one in message.documents:
        yield from _in_document(links_of_one, found.lists)
    for raw in message.values("to")[:MAX_FIELDS]:
        yield from ((url, TO_NAME) for url in links_in_recipients_names(decoded_words(raw)))
    for raw in message.values("list-unsubscribe"):
        yield from _web(_ANGLED_URL.findall(raw.decode("utf-8", "replace")), "list_unsubscribe")


def _in_plain_text(part: Text, found: Links) -> Iterator[Found]:
    found.words.append(Words(part.text))
    own = _QUOTED_LINE.sub("", part.text)
    quoted = "".join(_QUOTED_LINE.findall(part.text))
    border = begins(own)
    below = "" if border is None else own[border:]
    yield from _in_text(own[:border], "text")
    yield from _in_text(quoted + below, "text:quoted")
    yield from _web(dict.fromkeys(pictures(part.text)), "html:img")


def _in_html(part: Text, found: Links) -> Iterator[Found]:
    hunted = hunt(part.text)
    found.problem = found.problem or hunted.problem
    all_shown = f"{hunted.shown}\n{hunted.quoted}".strip("\n") if hunted.quoted else hunted.shown
    found.words.append(Words(all_shown, hunted.hidden, hunted.hidden_by))
    told = False  # where links lead: else their captions are the best that there is
    shows_links = any(source in {"html:a", "html:quoted"} for _, source in hunted.links)
    doubtful = hunted.doubtful and not shows_links
    for link, place in dict.fromkeys(hunted.links):
        source = "html:a" if place == "html:hidden" and doubtful else place
        url = normal(link, hunted.base)
        told = told or (source in _CAPTIONED and _is_told(link, url, found.lists))
        if url is not None:
            if link in hunted.leaving:
                found.leaving.add(url.text)
            yield url, source
    yield from _in_text(hunted.shown, "html:text")
    yield from _in_text(hunted.quoted, "text:quoted")
    yield from _in_text(hunted.captions, "html:caption" if told else "html:text")
    yield from _in_text(hunted.hidden, "html:hidden")


def _is_told(link: str, url: Url | None, lists: Lists) -> bool:
    """Whether it can be told where `link` leads: to a host, or to none at all; a wrapper may keep it to itself."""
    if url is None:
        return _TO_NO_HOST.match(link) is not None
    return wrapper(url, lists) is None or unwrapped(url, lists) is not None


def _in_text(text: str, source: str) -> Iterator[Found]:
    return _web(dict.fromkeys(links(text)), source)


def _web(written: Iterable[str], source: str) -> Iterator[Found]:
    """Those of the links that lead to a web host, normalised."""
    return ((url, source) for link in written if (url := normal(link)) is not None)


def _in_document(written: tuple[str, ...], lists: Lists) -> Iterator[Found]:
    """The links of a document, which cites if it leads to many: papers and brochures do so, and lures don't."""
    found = [url for url, _ in _web(written, "document")]
    led_to = {target.domain or target.host for url in found for target in [unwrapped(url, lists) or url]}
    source = "document:cited" if len(led_to) > MAX_LED_TO else "document"
    return ((url, source) for url in found)


def _brings_files(message: Message) -> bool:
    """Whether files come with it that may be a lure; pictures are none: signatures have them."""
    known = message.attachments
    return message.files > len(known) or any(not file.type.startswith("image/") for file in known)


def _header_domains(message: Message, envelope: Envelope, auth: Authentication | None) -> Iterator[tuple[str, str]]:
    """Each domain that the envelope or the header names, whole, with its source."""
    for field, source in _DOMAIN_FIELDS.items():
        yield from ((one.domain, source) for one in _addresses(message, (field,)))
    if envelope.mail_from:
        yield address(envelope.mail_from).domain, "mail_from"
    if envelope.helo:
        yield envelope.helo, "helo"
    for signer in () if auth is None else auth.dkim_domains:
        yield signer, "dkim"
    for one in _addresses(message, ("message-id",)):
        host = domain_name(one.domain) or ""
        yield registered_domain(host), "message_id"  # a host's own name is not looked at: anybody writes any
    for raw in message.values("list-unsubscribe")[:MAX_FIELDS]:
        for mailbox in islice(_ANGLED_MAILBOX.findall(raw.decode("utf-8", "replace")), MAX_FIELDS):
            yield domain_name(address(unquote(mailbox)).domain) or "", "list_unsubscribe"


def _domains(seen: Iterable[tuple[str, str]], found: Links) -> tuple[SeenDomain, ...]:
    inner, click_trackers = found.inner(), found.click_trackers()
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for host, source in seen:
        name = host if source.startswith(_LINK_SOURCES) else domain_name(host)
        if name and "." in name:
            value = registered_domain(name)
            hosts[value].add(name)
            sources[value].add(source)
    return tuple(
        SeenDomain(value, tuple(sorted(names)), tuple(sorted(sources[value])), value in inner, value in click_trackers)
        for value, names in hosts.items()
    )


def _addresses(message: Message, names: Iterable[str]) -> tuple[Address, ...]:
    """The addresses in the topmost fields of each of `names`; a field comes once, or a few times (RFC 5322, 3.6)."""
    return tuple(one for name in names for raw in message.values(name)[:MAX_FIELDS] for one in addresses(raw))


def _mentions(envelope: Envelope, in_header: tuple[Address, ...]) -> Mentions:
    known = [one.address for one in envelope.recipients if one.address]
    return mentions_recipient(
        known,
        (str(one) for one in islice(in_header, MAX_HEADER_RECIPIENTS) if one.domain),
        {domain for one in known if is_telling(domain := address(one).domain)},
        in_a_name=True,
    )


def _recipient_domains(envelope: Envelope, in_header: tuple[Address, ...]) -> frozenset[str]:
    """The recipients' domains; where the envelope knows none (a saved file), those that the header names."""
    known = {address(one.address).domain for one in envelope.recipients}
    return frozenset((known - {""}) or {one.domain for one in in_header if one.domain})


def _delivered_elsewhere(message: Message, envelope: Envelope, in_header: tuple[Address, ...]) -> str | None:
    """As forwarding.py finds it. None where another server delivered the message: the field may be that server's."""
    if envelope.received_by_another:
        return None
    return delivered_elsewhere(message, _recipient_domains(envelope, in_header))


def _subject(message: Message) -> str | None:
    """The subject, decoded as far as it can be (RFC 2047)."""
    raw = message.value("subject")
    return None if raw is None else " ".join(decoded_words(raw).split())[:MAX_SUBJECT_CHARS]
