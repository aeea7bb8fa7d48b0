# ruff: noqa: RUF001 - words in other alphabets
"""Does a message say that it is a copy of what somebody typed into a site's contact form?

Robots type spam into such a form, and a trap as the address that gets a copy: the site then sends spam that is not its
own. Known by what the programs behind such forms write beside it; spam can say so, too.
Sources: the texts of Contact Form 7, Joomla, Drupal and FormMail, and of forms that sites word themselves.
"""

from collections.abc import Iterable
from itertools import islice

from trapline.reporter.evidence.phrases import AnyOf, plain

MAX_TEXTS = 20  #: of one message that are read; a copy has two

_YOU_SENT = r"(?:that |which )?you (?:have )?(?:just )?(?:sent|submitted|entered|provided)"

_form_copy = AnyOf(
    (
        # English
        r"(?:sent|submitted) (?:a message |to you )?(?:from|via|through|using|by) (?:\w+ ){1,2}contact form",
        r"receipt for your contact form submission|below is the result of your feedback form",
        rf"\bcopy of the (?:\w+ )?(?:e-?mail|message|e?i?nquiry|form|submission|information|details) {_YOU_SENT}",
        # German, Dutch
        r"(?:über|von|mit|aus) (?:\w+ ){1,3}kontaktformular\w*(?: \S+){0,6} \w*(?:s[ae]nde?t|schickt|mittelt)",
        r"(?:ge|ver|über)(?:s[ae]nde?t|schickt|mittelt)(?: \w+){0,2} (?:über|von|mit|aus) (?:\w+ ){1,3}kontaktformular",
        r"kopie (?:der (?:folgenden )?nachricht,? die (?:sie|du)|(?:ihrer|deiner) (?:nachricht|anfrage))\b",
        r"(?:verzonden|verstuurd|gestuurd) (?:vanaf|vanuit|via|met|door) (?:\w+ ){1,2}contactformulier",
        r"kopie van (?:het (?:volgende )?bericht dat (?:u|je)|(?:uw|je) bericht)\b",
        # French, Spanish, Portuguese, Italian
        r"(?:envoyé|transmis|adressé)\w*(?: \w+){0,2} (?:via|depuis|par|à)(?: \S+){0,3} formulaire de contact",
        r"copie (?:du (?:message|courriel|mail|e-mail)(?: suivant)? que vous|de votre (?:message|demande))",
        r"(?:enviad[oa]|envi[oó])(?: \w+){0,2} (?:desde|a través|mediante|por)(?: \w+){0,3} formulario de contacto",
        r"copia del? (?:(?:siguiente )?mensaje que (?:usted )?(?:ha|has|envi)|(?:su|tu) mensaje)",
        r"enviad[oa](?: \w+){0,2} (?:d[eoa]|pel[oa]|por|através|a partir)(?: \w+){0,3} formulário de contac?to",
        r"cópia d[ao] (?:(?:seguinte )?mensagem que (?:você )?envi|(?:sua|tua) mensagem)",
        r"(?:inviat|spedit)[oa](?: \w+){0,2} (?:dal?|tramite|attraverso)(?: \w+){0,3} modulo (?:d[ei]i? )?contatt[io]",
        r"copia del (?:seguente )?messaggio (?:che (?:hai|ha) )?(?:inviato|spedito)|copia del (?:tuo|suo) messaggio",
        # Swedish, Danish, Norwegian, Finnish, Hungarian
        r"(?:skicka[td]\w*|sendte?)(?: \w+){0,3} (?:från|fra|via|med|g[jen]+nom)(?: \w+){0,2} kontakt(?:form|skjema)",
        r"kopi[ao]? (?:av|af) (?:det )?(?:följande |følgende )?(?:meddeland|besked|melding)\w* (?:som )?(?:du|de)\b",
        r"yhteydenottolomak\w+(?: \S+){0,6} lähet|kapcsolat(?:i|felvételi) űrlap\w*(?: \S+){0,6} (?:küld|érkez)",
        # Czech, Slovak, Polish, Croatian
        r"o[dt][eo]slán\w*(?: \w+){0,3} kontaktn\w+ formul[aá]ř|odoslan\w*(?: \w+){0,3} kontaktn\w+ formulár",
        r"(?:wysłan|nadesłan|przesłan)\w*(?: \w+){0,3} formularz\w* kontaktow",
        r"kopi[ae] (?:následující |nasledujúcej )?(?:zprávy|správy),? kter|kopia (?:następującej )?wiadomości,? któr",
        r"poslan\w*(?: \w+){0,3} (?:kontakt\w* obras|obras\w* za kontakt)",
        # Russian, Ukrainian, Greek, Turkish
        r"отправлен\w*(?: \w+){0,3} (?:контактн\w+ форм|форм\w+ (?:обратной связи|контакт))",
        r"копи[яю] (?:следующего |вашего )?(?:сообщения|письма),? (?:котор|отправл)",
        r"надіслан\w*(?: \w+){0,3} (?:контактн\w+ форм|форм\w+ (?:зворотного зв|контакт))",
        r"копі[яю] (?:наступного |вашого )?(?:повідомлення|листа),? (?:яке|який|що|надісл)",
        r"(?:στάλθηκε|εστάλη|απεστάλη)(?: \S+){0,4} φόρμα\w* επικοινωνίας",
        r"iletişim formu\w*(?: \S+){0,4} gönderil",
        # Japanese, Korean, Chinese
        r"お?問い?合わ?せ(?:メール)?フォーム(?:から|より)|(?:以下|下記)の内容(?:で|にて)お?問い?合わ?せ",
        r"お?問い?合わ?せ(?:内容|いただき|頂き|ありがと)[^！？]{0,60}(?:以下|下記)の(?:内容|通り|とおり)",
        r"문의 ?(?:양식|폼)[^.!?]{0,20}(?:전송|발송|접수)|문의하신 내용[^.!?]{0,20}접수",
        r"以下[是为為][您你][^。！？]{0,10}(?:提交|填[写寫])",
        r"(?:来自|來自|通过|透過|通過)[^。！？]{0,100}(?:联系|聯絡|联络|聯繫)(?:我们|我們)?的?(?:表单|表單|表格)",
        # Arabic, Vietnamese, Indonesian, Thai
        r"(?:عبر|من خلال|من) نموذج (?:الاتصال|اتصل)",
        r"gửi (?:đến )?(?:từ|qua) (?:form|biểu mẫu) liên hệ|dikirim (?:dari|melalui) formulir kontak",
        r"ส่ง(?:จาก|ผ่าน)(?:แบบ)?ฟอร์ม(?:การ)?ติดต่อ",
    )
)


def is_form_copy(texts: Iterable[str]) -> bool:
    """Whether one of `texts`, as people see them, says so."""
    return any(_form_copy(plain(text)) for text in islice(texts, MAX_TEXTS))
