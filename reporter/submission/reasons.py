"""What an analyst reads beside a submission: at most 255 characters of plain facts, the most telling first.

Never a trap's address, and its label only where the configuration says so, whatever the sender put into the fields that
are quoted here: planning.py checks. What is known of the client's network is added when it is sent (networks.py). Pure.
"""

import re
from collections.abc import Iterator
from datetime import UTC

from trapline.reporter.enrichment.network import Network
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.evidence.content import Content
from trapline.reporter.indicators import Indicator
from trapline.spool.envelope import Envelope

MAX_REASON = 255  #: characters (the portal's limit)
MAX_HELO = 64  #: characters of it that are quoted
MAX_LABELS = 64  #: characters of them
MAX_TYPES = 48  #: characters of the attachments' media types
MAX_WAYS = 3  #: of hiding text that are named

_KINDS = ("pristine", "recycled", "typo")  # strongest evidence first
_NETWORK = "; network "  # no fact before it can hold this: what a sender wrote is quoted without blanks
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


def reason(
    envelope: Envelope,
    auth: Authentication | None,
    indicator: Indicator,
    *,
    content: Content | None = None,
    quote: bool = True,
    labels: bool = False,
) -> str:
    """Why `indicator` is reported: without `quote` nothing that the sender wrote, with `labels` those of the traps.

    Of a mail sample the `content` is told.
    """
    facts = [_hit(envelope, indicator)]
    if labels:
        facts.append(_labels(envelope))
    if quote and envelope.helo:
        facts.append(f"HELO {_UNPRINTABLE.sub('?', envelope.helo)[:MAX_HELO]}")
    if auth is not None:
        facts.append(_results(auth))
    if indicator.kind in {"domain", "url"} and indicator.sources:
        facts.append(f"seen in {', '.join(indicator.sources)}")
    if content is not None and indicator.kind == "email":
        facts += _content(content, quote=quote)
    return _joined(facts)


def with_network(text: str, network: Network) -> str:
    """The reason `text` with what is known of the client's network, as far as there is room; once, however often."""
    if _NETWORK in text:
        return text
    longer = (f"{text}; {facts}" for facts in network.facts())
    return next((one for one in longer if len(one) <= MAX_REASON), text)


def _hit(envelope: Envelope, indicator: Indicator) -> str:
    hit = {trap.kind for trap in envelope.traps}
    kinds = " and ".join(kind for kind in _KINDS if kind in hit)
    kinds = ", ".join(filter(None, (kinds, _mixed(envelope))))
    when = envelope.received.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    client = envelope.client.address
    what = "In a mailbox's Junk folder" if envelope.role == "junk" else "Spam trap hit"
    by = "" if indicator.kind == "ip" or client is None else f", sent by {client}"
    return f"{what}{f' ({kinds})' if kinds else ''} on {when}{by}"


def _mixed(envelope: Envelope) -> str:
    """Whether people got it too; where the other recipients are not known, no more than that is said."""
    if not envelope.mixed:
        return ""
    people = any(not recipient.trap for recipient in envelope.recipients)
    return "mixed: sent to people too" if people else "mixed: perhaps sent to people too"


def _labels(envelope: Envelope) -> str:
    named = ", ".join(dict.fromkeys(trap.label for trap in envelope.traps if trap.label))
    return f"planted: {' '.join(_UNPRINTABLE.sub(' ', named)[:MAX_LABELS].split())}" if named else ""


def _results(auth: Authentication) -> str:
    results = (("SPF", auth.spf), ("DKIM", auth.dkim), ("DMARC", auth.dmarc))
    return ", ".join(f"{name} {_UNPRINTABLE.sub('?', result)[:16]}" for name, result in results if result)


def _content(content: Content, *, quote: bool) -> Iterator[str]:
    """What is hidden, which files there are, and the language, which tells whom the message is for."""
    if content.hidden_characters:
        yield f"hides {content.hidden_characters} characters ({', '.join(content.hidden_by[:MAX_WAYS])})"
    if content.files:
        types = ", ".join(dict.fromkeys(_UNPRINTABLE.sub("?", file.type) for file in content.attachments))
        named = f" ({types[:MAX_TYPES]})" if quote else ""
        yield f"{content.files} attached{named}"
    if content.language:
        yield f"language {content.language}"


def _joined(facts: list[str]) -> str:
    """As many of `facts`, from the first, as there is room for."""
    text = ""
    for fact in filter(None, facts):
        longer = f"{text}; {fact}" if text else fact
        if len(longer) <= MAX_REASON:
            text = longer
    return text
