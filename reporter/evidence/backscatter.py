"""Is the message a bounce, a receipt, an automatic reply, or a request to prove that one has written?

Such mail goes to whoever's address a spammer forged, a trap perhaps: its sender does no wrong. The sender can write all
of these signs: they only spare, they never accuse. A mere subject spares nobody, since spam borrows it: the message
must also be an answer, or say that a program made it.
Sources: RFC 3834 (automatic replies), RFC 3464 (bounces), RFC 5965 (feedback reports), RFC 8098 (receipts), RFC 8460
(reports about TLS), RFC 7489 (about DMARC), RFC 5546 (answers to invitations), forms that mail programs, MTAs, list
managers (Mailman, ezmlm), ticket systems (RT, OTRS, Zendesk) and challenge-response systems (TMDA and its like) have
long used.
"""
# ruff: noqa: RUF001 - words in other alphabets

import re

from trapline.reporter.parsing.message import Message

READ_CHARS = 5_000  #: of each text part

_REPORTS = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
    "application/tlsrpt+gzip",
    "application/tlsrpt+json",
}
_REPLY_FIELDS = (
    *("x-autoreply", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-autorespond", "x-autoresponder"),
    *("x-amazon-auto-reply", "x-vacation", "x-failed-recipients", "x-list-administrivia"),
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

# What ticket systems and gateways put before a subject: `[example.com #4711] AutoReply: Pills`
_TAGS = re.compile(r"\A(?:[\[【][^\[\]【】]{1,100}[\]】]\s*){1,3}")
_OPENING = "[【（(［ "  # what East Asia and Russia put before the words themselves: `【自動返信】Pills`
_TICKET = re.compile(r"\[request received\]|(?:support )?ticket (?:received|opened|created)\b", re.IGNORECASE)
# What who was invited sends to who seems to have invited (RFC 5546, 1.4); invitations have other methods.
_ANSWERED = re.compile(
    r"\s*BEGIN:VCALENDAR\b.*?^METHOD(?:;[^:\r\n]{0,200})?:(?:REPLY|COUNTER|REFRESH)\s*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)

_AWAY = re.compile(
    r"(?:auto(?:matic|mated)?[- ]?(?:reply|response|responder)\b|out[- ]of[- ](?:the[- ])?office\b|ooo:"
    r"|(?:i am |i'm )?away from (?:my|the) (?:office|desk|e?-?mail)|vacation (?:reply|response|notice|message)\b"
    r"|on (?:annual |parental |sick )?leave\b|on vacation\b|annual leave\b"
    r"|abwesenheit(?:s(?:notiz|meldung|nachricht|assistent))?\b|abwesend\b|ich bin im urlaub"
    r"|automatische (?:antwort|r[üu]ckantwort)"
    r"|(?:ich bin )?(?:nicht|au(?:ß|ss)er) (?:im b[üu]ro|haus)\b"
    r"|r[ée]ponse automatique|(?:message|notification) d.absence|absen(?:ce|t) du bureau|absente? jusqu"
    r"|respuesta autom[áa]tica|(?:fuera|ausente) de (?:la )?oficina"
    r"|resposta autom[áàa]tica|erantzun automatikoa|(?:fora|ausente) do escrit[óo]rio"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente dall.ufficio"
    r"|automatisch antwoord|automatische reactie|afwezig(?:heids(?:bericht|assistent))?\b"
    r"|auto(?:matisk(?:t)? )?svar|fr[åa]nvaromeddelande|fr[åa]nvarande\b|frav[æa]r(?:s\w+)?\b"
    r"|ikke til stede|sjálfvirkt svar|automaattinen vastaus|poissaoloilmoitus"
    r"|autoodpowied[źz]|automatyczna odpowied[źz]|odpowied[źz] automatyczna|nieobecno[śs][ćc]\b"
    r"|automatick[áa] odpov[ěe][ďd]|mimo kancel[áa][řr]|nep[řr][íi]tomn|automatski odgovor|аутоматски одговор"
    r"|samodejni odgovor|automaatvastus|automatinis atsakymas|automātiskā atbilde|távollét\b"
    r"|automatikus v[áa]lasz|r[ăa]spuns automat|otomatik (?:yan.t|cevap)|ofis dışında"
    r"|автоматический ответ|автоответ|автоматична відповідь|автовідповід|αυτόματη απάντηση"
    r"|автоматичен отговор|вне офиса|нет на работе|εκτός γραφείου|תשובה אוטומטית|מענה אוטומטי"
    r"|(?:ال)?رد (?:ال)?(?:تلقائي|آلي)"
    r"|پاسخ خودکار|trả lời tự động|tự động trả lời|balasan otomatis"
    r"|(?:การ|ข้อความ)?ตอบกลับอัตโนมัติ|不在(?:通知|のお知らせ|連絡)"
    r"|(?:系統|外出)?自動(?:応答|返信|回覆)|(?:系统|外出)?自动(?:回复|答复)|부재 ?중"
    r"|자동 ?(?:회신|응답|답장))",
    re.IGNORECASE,
)
_BOUNCED = re.compile(
    r"(?:postmaster\] ?)?"
    r"(?:undeliver(?:ed|able)\b|(?:e?-?mail )?delivery (?:status notification|fail(?:ed|ure)|has failed|report)"
    r"|mail delivery (?:sub)?system|mail system error|returned mail|failure notice|message (?:undeliverable|you sent)"
    r"|mail could not be delivered|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|non remis|[ée]chec de remise"
    r"|no se (?:puede|pudo) entregar|n[ãa]o (?:[ée]|foi) poss[íi]vel entregar|n[ãa]o entregue"
    r"|impossibile recapitare|non recapitabile|onbestelbaar|kan ikke leveres|kunde inte levereras"
    r"|nedoru[čc]iteln|olevererbart|kézbesíthetetlen|teslim edilem|niedostarcz(?:on|aln)"
    r"|nie mo[żz]na dostarczy[ćc]|не удалось доставить|недоставленное"
    r"|(?:ваше )?(?:сообщение|письмо) не (?:было )?доставлено"
    r"|配信不能|無法傳遞|无法投递|未送达|系统退信|退信通知|来自\S{1,100}的退信|배달되지 않음|발송 ?실패)",
    re.IGNORECASE,
)
_PROVE = re.compile(
    r"(?:confirm|verify|prove|certify) that (?:you|your (?:e-?mail|message))(?: have| did| really)? (?:sent|send|wrote)"
    r"|(?:confirm|authenticate|validate) your (?:e-?mail|message) (?:to|for) \S+@"
    r"|your (?:e-?mail|message) (?:to \S+ )?(?:has been|was|is being|is) (?:held|withheld|put on hold|delayed)\b"
    r".{0,200}(?:reply|confirm|click|prove|verify)"
    r"|click (?:the|this) link (?:below )?so (?:that )?i can receive your e-?mail"
    r"|(?:sender|recipient) (?:confirmation|verification|authentication) (?:request|required)"
    r"|(?:reply|respond) to this (?:e-?mail|message) (?:to|and|so that) .{0,60}(?:deliver|release)",
    re.IGNORECASE | re.DOTALL,
)

# Of an aggregate report about DMARC (RFC 7489, 7.2.1.1): its subject, and the name of its file.
_DMARC_SUBJECT = re.compile(r"report domain:.{1,300}\bsubmitter:.{1,300}\breport-id:", re.IGNORECASE)
_DMARC_FILE = re.compile(
    r"[^!]{1,255}![^!]{1,255}!\d{1,12}!\d{1,12}(?:![^!]{1,255})?\.(?:xml|xml\.gz|gz|zip)", re.IGNORECASE
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
        (any(_ANSWERED.match(part.text[:READ_CHARS]) for part in message.texts), "answers an invitation"),
        (_is_dmarc_report(message, subject or ""), "DMARC report"),
        (any(_CONFIRM.match(sender) for sender in (mail_from or "", *from_addresses)), "asks for a confirmation"),
    )
    return next((why for found, why in signs if found), None) or _by_words(message, from_addresses, subject or "")


def generated(message: Message) -> bool:
    """Whether a program says that it made the message by itself: a notice, perhaps a request for confirmation."""
    return _auto_submitted(message) not in {"", "no", "auto-replied"}


def _is_dmarc_report(message: Message, subject: str) -> bool:
    """Whether it is what receivers send to the address that a domain's own DMARC record names."""
    named = any(_DMARC_FILE.fullmatch(file.name) for file in message.attachments)
    return named and _DMARC_SUBJECT.match(subject.strip()) is not None


def _by_words(message: Message, from_addresses: tuple[str, ...], subject: str) -> str | None:
    """What the words say, where something else shows that it may be so."""
    begins = subject.strip()
    says = begins.lstrip(_OPENING)
    if _BOUNCED.match(says) and any(_POSTMASTER.match(address) for address in from_addresses):
        return "a postmaster's report"
    if not _answers(message):
        return None
    if _AWAY.match(_TAGS.sub("", begins)) or _AWAY.match(says) or _TICKET.match(begins):
        return "reads like an automatic reply"
    if _BOUNCED.match(says):
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
