# ruff: noqa: RUF001 - words in other alphabets
import time

import pytest

from tests.cpu_time import within
from trapline.reporter.evidence.form_copies import is_form_copy


@pytest.mark.parametrize(
    "words",
    [
        "This e-mail was sent from a contact form on Anna's Bakery (https://bakery-anna.com)",
        "This email is a receipt for your contact form submission on our website (Anna's Bakery)",
        "WIN 12,000 (not verified) (http://pills-now.com) sent a message using the contact form at https://bakery.com/c",
        "This is a copy of the following message you sent to Anna via Anna's Bakery",
        "Thank you. Here is a copy of the information you submitted:",
        "Below is the result of your feedback form. It was submitted by WIN",
        "Diese E-Mail wurde über das Kontaktformular auf Annas Bäckerei gesendet.",
        "Gesendet über unser Kontaktformular",
        "Dies ist eine Kopie der Nachricht, die Sie an Anna gesendet haben",
        "Deze e-mail is verzonden vanaf een contactformulier op Bakkerij Anna",
        "Cet e-mail a été envoyé via le formulaire de contact de la Boulangerie",
        "Ceci est une copie du message suivant que vous avez envoyé à Anna",
        "Este mensaje se ha enviado desde un formulario de contacto en Panadería Ana",
        "Ésta es una copia del mensaje que ha enviado a Ana",
        "Este e-mail foi enviado de um formulário de contato em Padaria Ana",
        "Esta é uma cópia da mensagem que enviou a Ana",
        "Questa e-mail è stata inviata da un modulo di contatto su Panificio Anna",
        "Questa è una copia del messaggio inviato a Anna",
        "Detta meddelande skickades från ett kontaktformulär på Annas bageri",
        "Denne e-mail blev sendt fra en kontaktformular på Annas bageri",
        "Denne e-posten ble sendt via et kontaktskjema på Annas bakeri",
        "Tento e-mail byl odeslán z kontaktního formuláře na Annina pekárna",
        "Tento e-mail bol odoslaný z kontaktného formulára na Annina pekáreň",
        "Ta wiadomość została wysłana przez formularz kontaktowy na stronie Piekarnia Anna",
        "To jest kopia wiadomości, którą wysłano do Anny",
        "Это сообщение отправлено через форму обратной связи сайта Пекарня Анны",
        "Это копия следующего сообщения, которое вы отправили",
        "Цей лист надіслано через форму зворотного зв'язку",
        "Αυτό το email στάλθηκε από φόρμα επικοινωνίας στο Αρτοποιείο",
        "Bu e-posta, Anna Fırını iletişim formundan gönderildi",
        "このメールは アンナのパン屋 (https://bakery-anna.com) のお問い合わせフォームから送信されました",
        "下記の内容でお問い合わせを受け付けました",
        "이 메일은 문의 양식을 통해 전송되었습니다",
        "这封邮件来自 安娜面包店 (https://bakery-anna.com) 的联系表单",
        "お問い合わせいただきありがとうございます。以下の内容で受け付けました。",
        "下記の内容にてお問合せを承りました",
        "このメールは自動返信です。お問い合わせ内容は以下の通りです。",
        "感谢您的留言，以下是您提交的内容",
        "以下為您填寫的表單內容",
        "문의하신 내용이 접수되었습니다",
        "تم إرسال هذه الرسالة عبر نموذج الاتصال",
        "Email này được gửi đến từ form liên hệ của website Tiệm bánh",
        "Email ini dikirim dari formulir kontak di Toko Roti",
        "อีเมลนี้ถูกส่งจากแบบฟอร์มติดต่อ",
    ],
)
def test_programs_say_so_in_many_languages(words: str) -> None:
    assert is_form_copy([f"WIN 12,000 http://pills-now.com/x\n\n--\n{words.upper()}"])
    assert is_form_copy([words])


@pytest.mark.parametrize(
    "words",
    [
        "Questions? Use our contact form or call us.",
        "To contact us, fill in the contact form on our site",
        "If you no longer wish to hear from us, write to us through our site",
        "Nutzen Sie bei Fragen unser Kontaktformular",
        "お問い合わせはフォームをご利用ください。",
        "お問い合わせ先は以下の通りです。",
        "ご不明な点はこちらからお問い合わせください",
        "如有疑问，请填写联系表单",
        "문의하실 내용은 고객센터로 보내 주세요",
        "Contactez-nous par notre formulaire de contact",
        "Copy of your invoice",
        "A copy of the message was put into quarantine",
        "Rellene el formulario de contacto",
        "お問い合わせフォームはこちら",
        "欢迎填写联系表单",
    ],
)
def test_who_merely_has_a_form_does_not_say_so(words: str) -> None:
    assert not is_form_copy([words])


def test_hostile_texts_are_read_within_a_moment() -> None:
    texts = ["über " * 200_000, "copy of the " * 100_000, "来自" * 500_000, "sent via a " * 100_000]
    start = time.process_time()
    assert not is_form_copy(texts)
    assert within(2, start)
