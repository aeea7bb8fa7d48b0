"""Does a message read like a request to confirm a subscription, or something else that was typed into a form?

Whoever types a trap into a web form makes an honest service write to it once. Only phrases that such requests use are
looked for (confirmation_words.py), about subscriptions and lists. "Verify your account" is what phish says: it counts
only beside the advice to ignore the message if one did not ask for it. Text that nobody sees does not count.
"""

from collections.abc import Iterable
from itertools import islice

from trapline.reporter.evidence.confirmation_words import ASKED, LISTS, NEW_USERS, NOT_YOU
from trapline.reporter.evidence.phrases import AnyOf, plain
from trapline.reporter.evidence.urls import Url
from trapline.reporter.parsing.words import lowered

LONGEST_REQUEST_CHARS = 3_000  #: of words: a longer text is a newsletter that merely speaks of it
MAX_TEXTS = 20  #: of one message that are read; a request has two

_lists, _asked, _not_you, _new_user = map(AnyOf, (LISTS, ASKED, NOT_YOU, NEW_USERS))


def asks_a_new_user(urls: Iterable[Url]) -> bool:
    """Whether `urls` lead to one site alone, and one of them to where a known program has its new user confirm.

    A link to another site is a lure, perhaps typed into the form as the name of that user: it does not wait.
    """
    links = tuple(urls)
    asks = any(_new_user(f"{url.path}?{url.query}".lower()) for url in links)
    return asks and len({url.domain or url.host for url in links}) == 1


def reads_like_confirmation(subject: str | None, texts: Iterable[str]) -> bool:
    """Whether the subject or a short one of `texts`, as people see them, asks to confirm what was typed somewhere."""
    begins = lowered(subject or "")
    if _lists(begins):
        return True
    for text in islice(texts, MAX_TEXTS):
        words = plain(text)
        if len(words) > LONGEST_REQUEST_CHARS:
            continue
        if _lists(words) or (_asked(f"{begins}\n{words}") and _not_you(words)):
            return True
    return False
