"""Does a message read like a request to confirm a subscription, or something else that was typed into a form?

Whoever types a trap into a web form makes an honest service write to it once. Only forms of words that such requests
use are looked for, about subscriptions and lists; "verify your account" is what phish says, and counts only beside the
advice to ignore the message if one did not ask for it. What nobody sees counts for nothing.
"""

import re
from collections.abc import Iterable

from trapline.reporter.parsing.words import lowered

READ_CHARS = 20_000  #: of each text, blanks included
LONGEST_REQUEST_CHARS = 3_000  #: of words: a longer text is a newsletter that merely speaks of it

# All in lower case, as what they are looked for in.
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
    r"|подтверд\w*(?: \w+){0,2} (?:подписк\w+)"
)
# Other requests that come of somebody's typing an address into a form; phish asks for these things too.
_ASKED = re.compile(
    r"(?:confirm|verify|validate) (?:(?:your|the|this|that) ){1,2}(?:new )?e-?mail"
    r"|(?:activate|confirm|complete|finish|verify) (?:your|the) (?:new )?(?:account|registration|profile|membership)"
    r"|reset (?:your|the) password|password reset"
    r"|(?:verification|confirmation|activation|security|one[- ]time|log-?in|sign-?in|access) (?:code|passcode|link)"
    r"|best[äa]e?tig\w*(?: \w+){0,4} e-?mail|e-?mail-?adresse(?: \w+){0,6} best[äa]e?tig|best[äa]e?tigungs(?:code|link)"
    r"|(?:konto|zugang)(?: \w+){0,3} (?:aktivieren|freischalten)|passwort(?: \w+){0,3} zur[üu]e?ck(?:zu)?setzen"
    r"|confirme[rz]?(?: \w+){0,4} (?:e-?mail|courriel)|active[rz]?(?: \w+){0,2} compte|code de (?:v[ée]rif|confirm)"
    r"|r[ée]initialis\w+(?: \w+){0,4} mot de passe"
    r"|confirm[ae]r?(?: \w+){0,4} (?:correo|e-?mail)|activ[ae]r?(?: \w+){0,2} cuenta"
    r"|restable\w+(?: \w+){0,3} contrase|conferma(?: \w+){0,4} e-?mail|bevestig(?: \w+){0,3} e-?mail"
)
# What phish does not say: that whoever did not ask need do nothing.
_NOT_YOU = re.compile(
    r"\b(?:if|in case) (?:you|this|it|that)\b[^.!?]{0,80}?(?:\bnot|n.t|\bnever|\bmistake|\berror)\b[^.!?]{0,120}"
    r"\b(?:ignore|disregard|delete|no (?:further )?action)"
    r"|\b(?:ignore|disregard|delete) (?:this|the) (?:e-?mail|message)\b[^.!?]{0,40}\bif (?:you|this|it|that)\b"
    r"[^.!?]{0,60}(?:\bnot|n.t|\bnever|\bmistake|\berror)\b"
    r"|\bnicht\b[^.!?]{0,120}(?:ignorier|gegenstandslos|l[öo]e?sch|nichts (?:weiter )?(?:zu )?(?:tun|unternehmen))"
    r"|ignorieren sie (?:diese|bitte diese)[^.!?]{0,80}\bnicht\b"
    r"|\bpas\b[^.!?]{0,120}ignore|\bno\b[^.!?]{0,120}ignor[ae]|\bn[ãa]o\b[^.!?]{0,120}ignor[ae]"
    r"|\bnon\b[^.!?]{0,120}ignora|\bniet\b[^.!?]{0,120}neg(?:eer|eren)"
)


def reads_like_confirmation(subject: str | None, texts: Iterable[str]) -> bool:
    """Whether the subject or a short one of `texts`, as people see them, asks to confirm what was typed somewhere."""
    begins = lowered(subject or "")
    if _PHRASES.search(begins):
        return True
    for text in texts:
        words = " ".join(lowered(text[:READ_CHARS]).split())
        if len(words) > LONGEST_REQUEST_CHARS:
            continue
        if _PHRASES.search(words) or (_ASKED.search(f"{begins}\n{words}") and _NOT_YOU.search(words)):
            return True
    return False
