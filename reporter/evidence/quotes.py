"""Where a message quotes the one that it answers. Links in the quote were written to somebody else.

Mail programs put a quote into an element of its own, or write it below a mark: a line of dashes with words, or the
header of the old message (From, Sent, Subject) in the language of who answers. All that is below it is the quote.
Lines that begin with `>` are collect.py's. Pure.
Sources: what Outlook, Outlook on the web, Apple Mail, Thunderbird, Gmail, Yahoo, Proton, Tuta, Zoho and GMX write.
"""

import re
from collections.abc import Mapping

from trapline.reporter.parsing.words import lowered

MAX_HEADER_CHARS = 3_000  #: from the first to the last line of the old message's header; To may have many names

_ELEMENT = re.compile(
    r"\b(?:gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite|moz-forward)"
)
_BORDER = re.compile(r"divRplyFwdMsg$|appendonsend$|mail-editor-reference-message-container$|OLK_SRC_BODY_SECTION$")

_FROM = (
    "from|von|de|de la|da|van|från|fra|frá|od|lähettäjä|expéditeur|remitente|remetente|mittente|afzender|feladó|"
    "kimden|gönderen|от|від|от кого|από|מאת|من|发件人|寄件者|寄件人|差出人|送信元|보낸 사람|보낸사람"
)
_SENT = (
    "sent|date|gesendet|datum|envoyé|envoyé le|enviado|enviado el|enviado em|enviada|enviada em|fecha|data|inviato|"
    "verzonden|skickat|sendt|dato|lähetetty|päivämäärä|wysłano|wysłane|odesláno|odoslané|poslano|elküldve|dátum|trimis|"
    "gönderildi|gönderilme tarihi|gönderme tarihi|tarih|отправлено|дата|надіслано|στάλθηκε|ημερομηνία|נשלח|תאריך|"
    "تاريخ الإرسال|التاريخ|发送时间|发送日期|日期|寄件日期|送信日時|送信日|日時|보낸 날짜|보낸날짜|날짜"
)
_SUBJECT = (
    "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|zadeva|tárgy|subiect|"
    "konu|тема|θέμα|נושא|الموضوع|主题|主題|主旨|件名|제목"
)
_ORIGINAL = (
    "original message|original appointment|forwarded message|ursprüngliche nachricht|original-?nachricht|"
    "weitergeleitete nachricht|message d.origine|message original|message transféré|mensaje original|mensaje reenviado|"
    "mensagem original|mensagem encaminhada|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|"
    "doorgestuurd bericht|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|original meddelelse|"
    "opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|pôvodná správa|"
    "eredeti üzenet|mesaj original|mesajul original|özgün ileti|orijinal mesaj|исходное сообщение|"
    "оригинальное сообщение|пересылаемое сообщение|вихідне повідомлення|原始邮件|原始郵件|邮件原件|转发的邮件|"
    "元のメッセージ|원본 메시지|원본 메일"
)
_MARK = re.compile(  # in lower case
    rf"^[ \t\u00a0*_]{{0,5}}(?:(?P<whole>[-_=]{{2,80}}[ \t\u00a0]{{0,3}}(?:{_ORIGINAL})[^\n]{{0,40}}[-_=]{{2}})"
    rf"|(?:(?P<from>{_FROM})|(?P<sent>{_SENT})|(?P<subject>{_SUBJECT}))[ \t\u00a0*_]{{0,5}}[:\uff1a])",
    re.MULTILINE,
)

# Of an answer or a forwarded message, in the languages of mail programs; before it gateways put "[EXTERNAL]".
_ANSWER = re.compile(
    r"\s*(?:(?:\[[^\]]{1,40}\]|\([^)]{1,40}\)|\*{1,3}[^*]{1,40}\*{1,3}|ext(?:ern(?:al)?)?:)\s*){0,3}"
    r"(?:re|res|resp|aw|antw|ant|sv|vs|vá|r|i|rif|rv|ref|rép|odp|odg|ynt|ilt|fwd?|wg|vb|vl|pd|tr|enc|bls"
    r"|ответ|на|απ|σχετ|回复|答复|回覆|返信|转发|轉寄|転送|회신|전달)\s?(?:\[\d+\])?\s?[:\uff1a]",
    re.IGNORECASE,
)


def is_answer(subject: str) -> bool:
    """Whether the message answers another one, or forwards it, by its subject."""
    return _ANSWER.match(subject) is not None


def begins(text: str) -> int | None:
    r"""Where in `text` the mark stands below which another message is quoted; None where there is none.

    >>> begins("See there.\n-----Original Message-----\nFrom: Anna")
    11
    """
    header: dict[str | None, int] = {}
    for mark in _MARK.finditer(lowered(text)):
        if mark["whole"]:
            return mark.start()
        header[mark.lastgroup] = mark.start()
        near = [at for at in header.values() if mark.start() - at <= MAX_HEADER_CHARS]
        if len(near) == 3:
            return min(near)
    return None


def is_quote(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the element holds a quoted message."""
    if tag not in {"blockquote", "div"}:
        return False
    cited = attributes.get("type", "").lower() == "cite" or attributes.get("name") == "quote"
    return cited or _ELEMENT.search(attributes.get("class", "")) is not None


def is_border(attributes: Mapping[str, str]) -> bool:
    """Whether from this element on all is quoted; programs put letters of their own before its name."""
    return _BORDER.search(attributes.get("id", "")) is not None
