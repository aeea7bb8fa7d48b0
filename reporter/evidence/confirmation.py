"""Does a message read like a request to confirm a subscription?

Whoever types a trap into a web form makes an honest service write to it once. Only forms of words that such requests
use are looked for, about subscriptions and lists: "verify your account" is what phish says.
"""

import re
from collections.abc import Iterable

from trapline.reporter.message import Text

READ_CHARS = 20_000  #: of each text part, tags included
LONGEST_REQUEST_CHARS = 3_000  #: of words: a longer text is a newsletter that merely speaks of it

_LIST = r"(?:subscription|sign-?up|newsletter|mailing list|opt-?in)"
_PHRASES = re.compile(
    rf"(?:confirm|verify|activate|complete|validate) (?:(?:your|the|my|this|to|a|our|for|e-?mail) ){{0,4}}{_LIST}"
    rf"|{_LIST} (?:confirmation|request)\b"
    r"|confirm (?:that )?you(?:r e-?mail address)? (?:want |wish |would like )?to (?:subscribe|join|receive)"
    r"|double[ -]opt-?in|confirm subscription"
    r"|(?:anmeldung|registrierung|newsletter\w*|abonnement)(?: \w+){0,3} best[äa]e?tig\w*"
    r"|best[äa]e?tig\w*(?: \w+){0,4} (?:anmeldung|newsletter\w*|abonnement)"
    r"|confirme[rz]?(?: \w+){0,2} (?:votre |ton |l')?(?:inscription|abonnement)"
    r"|confirm[ae]r?(?: \w+){0,2} (?:tu |su )?(?:suscripci[oó]n)"
    r"|confirm[ae]r?(?: \w+){0,2} (?:sua )?(?:inscri[cç][aã]o|assinatura)"
    r"|conferma(?: \w+){0,2} (?:tua |l')?iscrizione"
    r"|bevestig(?: \w+){0,2} (?:aanmelding|inschrijving)"
    r"|potwierd[zź]\w*(?: \w+){0,2} (?:subskrypcj\w+|zapis\w*)"
    r"|подтверд\w*(?: \w+){0,2} (?:подписк\w+)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:style|script)\b.{0,20000}?</(?:style|script)>|<[^<>]{0,2000}>", re.IGNORECASE | re.DOTALL)


def reads_like_confirmation(subject: str | None, texts: Iterable[Text]) -> bool:
    """Whether the subject or a short text asks to confirm a subscription."""
    if subject and _PHRASES.search(subject):
        return True
    for text in texts:
        words = " ".join((_TAG.sub(" ", text.text[:READ_CHARS]) if text.html else text.text[:READ_CHARS]).split())
        if len(words) <= LONGEST_REQUEST_CHARS and _PHRASES.search(words):
            return True
    return False
