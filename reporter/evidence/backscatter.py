"""Is the message a bounce, a receipt, an automatic reply, or a request to prove that one has written?

Such mail goes to whoever's address a spammer forged, a trap perhaps: its sender does no wrong. The sender can write all
of these signs: they only spare, they never accuse. A mere subject spares nobody, since spam borrows it: the message
must also be an answer, or say that a program made it.
Sources: RFC 3834 (automatic replies), RFC 3464 (bounces), RFC 5965 (feedback reports), RFC 8098 (receipts), forms that
mail programs, MTAs, list managers (Mailman, ezmlm) and challenge-response systems (TMDA and its like) have long used.
"""

import re

from trapline.reporter.parsing.message import Message

READ_CHARS = 5_000  #: of each text part

_REPORTS = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
}
_REPLY_FIELDS = (
    *("x-autoreply", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-autorespond", "x-autoresponder"),
    *("x-amazon-auto-reply", "x-vacation", "x-failed-recipients"),
)
_PRECEDENCES = {"auto_reply", "auto-reply", "autoreply"}
_ANSWER_FIELDS = ("in-reply-to", "references", "x-auto-response-suppress")
_PROGRAMS = {"bulk", "junk"}

_ROBOTS = re.compile(r"^(?:mailer|mail)[-_.]?(?:daemon|deamon)@", re.IGNORECASE)
_POSTMASTER = re.compile(r"^postmaster@", re.IGNORECASE)
# `list-confirm+TOKEN@` (Mailman), `list-sc.TIME.TOKEN-user=host@` (ezmlm), `user-confirm-TIME.TOKEN@` (TMDA)
_CONFIRM = re.compile(
    r"^[^@]*(?:\bconfirm\+[0-9a-z]{8,}|-[st]c\.\d{9,}\.[a-z]{10,}-[^@]*=|\bconfirm-(?:accept-)?\d{9,}\.)[^@]*@",
    re.IGNORECASE,
)

_AWAY = re.compile(
    r"(?:auto(?:matic|mated)?[- ]?(?:reply|response|responder)\b|out[- ]of[- ](?:the[- ])?office\b|ooo:"
    r"|(?:i am |i'm )?away from (?:my|the) (?:office|desk|e?-?mail)|vacation (?:reply|response|notice|message)\b"
    r"|abwesenheits(?:notiz|meldung|nachricht|assistent)|automatische (?:antwort|r[üu]ckantwort)"
    r"|(?:ich bin )?(?:nicht|au(?:ß|ss)er) (?:im b[üu]ro|haus)\b"
    r"|r[ée]ponse automatique|(?:message|notification) d.absence|absen(?:ce|t) du bureau"
    r"|respuesta autom[áa]tica|(?:fuera|ausente) de (?:la )?oficina"
    r"|resposta autom[áa]tica|(?:fora|ausente) do escrit[óo]rio"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente dall.ufficio"
    r"|automatisch antwoord|automatische reactie|afwezigheids(?:bericht|assistent)"
    r"|auto(?:matisk(?:t)? )?svar|fr[åa]nvaromeddelande|frav[æa]rsmelding|automaattinen vastaus|poissaoloilmoitus"
    r"|autoodpowied[źz]|automatyczna odpowied[źz]|odpowied[źz] automatyczna"
    r"|automatick[áa] odpov[ěe][ďd]|automatikus v[áa]lasz|r[ăa]spuns automat|otomatik (?:yan.t|cevap)"
    r"|автоматический ответ|автоответ|автоматична відповідь|αυτόματη απάντηση"
    r"|自動(?:応答|返信|回覆)|自动(?:回复|答复)|자동 ?(?:회신|응답))",
    re.IGNORECASE,
)
_BOUNCED = re.compile(
    r"(?:\[postmaster\] ?)?"
    r"(?:undeliver(?:ed|able)\b|(?:e?-?mail )?delivery (?:status notification|fail(?:ed|ure)|has failed|report)"
    r"|mail delivery (?:sub)?system|mail system error|returned mail|failure notice|message (?:undeliverable|you sent)"
    r"|mail could not be delivered|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|non remis|[ée]chec de remise"
    r"|no se (?:puede|pudo) entregar|n[ãa]o foi poss[íi]vel entregar|n[ãa]o entregue"
    r"|impossibile recapitare|non recapitabile|onbestelbaar|kan ikke leveres|kunde inte levereras"
    r"|niedostarczon|nie mo[żz]na dostarczy[ćc]|не удалось доставить|недоставленное"
    r"|配信不能|無法傳遞|无法投递|未送达|배달되지 않음)",
    re.IGNORECASE,
)
_PROVE = re.compile(
    r"(?:confirm|verify|prove|certify) that (?:you|your (?:e-?mail|message))(?: have| did| really)? (?:sent|send|wrote)"
    r"|(?:confirm|authenticate|validate) your (?:e-?mail|message) (?:to|for) \S+@"
    r"|your (?:e-?mail|message) (?:to \S+ )?(?:has been|was|is being|is) (?:held|withheld|put on hold|delayed)\b"
    r".{0,200}(?:reply|confirm|click|prove|verify)"
    r"|(?:sender|recipient) (?:confirmation|verification|authentication) (?:request|required)"
    r"|(?:reply|respond) to this (?:e-?mail|message) (?:to|and|so that) .{0,60}(?:deliver|release)",
    re.IGNORECASE | re.DOTALL,
)


def automatic(
    message: Message, mail_from: str | None, from_addresses: tuple[str, ...], subject: str | None
) -> str | None:
    """Why the message looks like a bounce, a receipt, an automatic reply or a challenge; None if it does not.

    A mere `multipart/report` is not enough: spammers use it as any other multipart.
    """
    signs = (
        (mail_from == "", "null sender"),  # as our envelope has it: a Return-Path in the message is anybody's word
        (any(kind in _REPORTS for kind in message.types), "delivery report"),
        (any(_ROBOTS.match(address) for address in from_addresses), "From a mailer daemon"),
        (_auto_submitted(message) == "auto-replied", "Auto-Submitted: auto-replied"),
        (any(_word(message, name) not in {"", "no"} for name in _REPLY_FIELDS), "automatic reply"),
        (_word(message, "precedence") in _PRECEDENCES, "Precedence: auto_reply"),
        (any(_CONFIRM.match(sender) for sender in (mail_from or "", *from_addresses)), "asks for a confirmation"),
    )
    return next((why for found, why in signs if found), None) or _by_words(message, from_addresses, subject or "")


def generated(message: Message) -> bool:
    """Whether a program says that it made the message by itself: a notice, perhaps a request for confirmation."""
    return _auto_submitted(message) not in {"", "no", "auto-replied"}


def _by_words(message: Message, from_addresses: tuple[str, ...], subject: str) -> str | None:
    """What the words say, where something else shows that it may be so."""
    begins = subject.strip()
    if _BOUNCED.match(begins) and any(_POSTMASTER.match(address) for address in from_addresses):
        return "a postmaster's report"
    if not _answers(message):
        return None
    if _AWAY.match(begins):
        return "reads like an automatic reply"
    if _BOUNCED.match(begins):
        return "reads like a delivery report"
    texts = (part.text[:READ_CHARS] for part in message.texts)
    return "asks to prove who wrote" if any(_PROVE.search(text) for text in (subject, *texts)) else None


def _answers(message: Message) -> bool:
    """Whether the message says that it answers another one, or that a program made it."""
    answer = any(message.value(name) is not None for name in _ANSWER_FIELDS)
    return answer or generated(message) or _word(message, "precedence") in _PROGRAMS


def _auto_submitted(message: Message) -> str:
    """The keyword of the field, without comments and parameters (RFC 3834, 5)."""
    bare = re.sub(r"\([^()]{0,200}\)", " ", _word(message, "auto-submitted"))
    return bare.partition(";")[0].strip()


def _word(message: Message, name: str) -> str:
    return (message.value(name) or b"").decode("latin-1")[:1000].strip().lower()
