"""What a caught message shows: facts only, gathered for the decisions.

Nothing here judges. Client, HELO, MAIL FROM and recipients come from our envelope; everything else is the sender's word
and is marked by where it stood (`sources`). Nothing is fetched or resolved.
"""

from dataclasses import dataclass

from trapline.config.names import IpAddress
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.evidence.content import NOTHING, Content
from trapline.reporter.evidence.mailing import Mailing
from trapline.reporter.evidence.purpose import Purpose
from trapline.reporter.evidence.urls import Url
from trapline.spool.envelope import Envelope


@dataclass(frozen=True, slots=True)
class SeenDomain:
    """A registered domain, and where it was seen."""

    value: str  #: lower case A-labels
    hosts: tuple[str, ...]  #: the host names below it that were seen, itself perhaps; sorted
    sources: tuple[str, ...]  #: "mail_from", "helo", "from", "reply_to", "dkim", "message_id", "html:a", …; sorted
    inner: bool = False  #: all links there lead into a folder that a site's own pages do not lead to
    click_tracker: bool = False  #: all links there are a mail service's click-tracking links


@dataclass(frozen=True, slots=True)
class SeenUrl:
    """A link, normalised, and where it was seen."""

    url: Url  #: without the part that names a recipient, where that could be cut off
    sources: tuple[str, ...]  #: "html:a", "html:img", "text", "list_unsubscribe", "to_name", …; sorted
    purpose: Purpose = "link"
    leads_to: str | None = None  #: the URL that it wraps
    names_recipient: bool = False  #: a recipient's address stands in it, and could not be cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that one message shows."""

    envelope: Envelope
    subject: str | None  #: decoded, one line; None where there is none
    auth: Authentication | None  #: None where our server says nothing that is believed
    addresses: tuple[tuple[IpAddress, tuple[str, ...]], ...]  #: IP addresses with their sources
    domains: tuple[SeenDomain, ...]  #: those of the header and the envelope first, each in order
    urls: tuple[SeenUrl, ...]  #: part by part, links before what stands in text
    from_domains: tuple[str, ...]  #: as the From field claims them, whole, in order
    recipient_domains: frozenset[str]  #: whose people or traps got it
    automatic: str | None  #: why this looks like a bounce or an automatic reply; None for other mail
    generated: bool  #: a program says that it made the message (Auto-Submitted: auto-generated)
    forwarded: str | None  #: the sign that somebody forwarded it; None where there is none
    error: str | None  #: what of the message could not be read
    forwarded_field: str | None = None  #: the field that says so; None where there is none
    mailing: Mailing | None = None  #: what it says of the list or newsletter that it is of; None: nothing
    claimed_signers: tuple[str, ...] = ()  #: domains of its DKIM signatures, fitting or not
    readable: bool = True  #: False: a defect of ours; only the envelope was judged
    confirmation: bool = False  #: it reads like a request to confirm a subscription
    form_copy: bool = False  #: it says that it is a copy of what was typed into a site's contact form
    new_users_of: frozenset[str] = frozenset()  #: domains to which a new user's links alone lead (typed_names.py)
    named_by_spam: bool = False  #: a newsletter's To names a reader by spam with a link (typed_names.py)
    sketch: str = ""  #: of its text, to tell nearly identical ones (sketches.py)
    content: Content = NOTHING  #: length and language of the text, what is hidden, which files come with it
