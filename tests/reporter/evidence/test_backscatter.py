# ruff: noqa: RUF001 - subjects in other alphabets
"""Signs of answering machines: bounces, receipts, automatic replies, challenges."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.reporter.evidence.backscatter import automatic, generated
from trapline.reporter.parsing.message import parse
from trapline.reporter.parsing.transfer import decoded_words

PLAIN = "news@b.com"


def found(data: bytes, mail_from: str | None = "a@b.com", *senders: str) -> str | None:
    message = parse(data)
    subject = message.value("subject")
    return automatic(message, mail_from, senders or (PLAIN,), None if subject is None else decoded_words(subject))


def report(kind: str) -> bytes:
    return f"Content-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b\nContent-Type: {kind}\n\nx\n--b--\n".encode()


@pytest.mark.parametrize(
    "kind",
    [
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "application/tlsrpt+gzip",
        "application/tlsrpt+json",
    ],
)
def test_a_report_is_known_by_its_parts(kind: str) -> None:
    assert found(report(kind)) == "delivery report"


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: (mine) Auto-Replied; owner=anna",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: Away",
        "X-Mail-Autoreply: 1",
        "X-Failed-Recipients: a@b.com",
        "Precedence: auto_reply",
        "X-List-Administrivia: yes",
    ],
)
def test_an_automatic_reply_is_known_by_its_field(field: str) -> None:
    assert found(f"{field}\n\n".encode()) is not None


def an_aggregate_report(subject: str, name: str) -> bytes:
    zipped = f"Content-Type: application/gzip\nContent-Disposition: attachment; filename={name}\n\nx"
    return f"Subject: {subject}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{zipped}\n--b--\n".encode()


REPORT = "Report Domain: ours.com Submitter: b.com Report-ID: <2026.11.20.1>"


@pytest.mark.parametrize("name", ['"b.com!ours.com!1795046400!1795132799.xml.gz"', "b.com!ours.com!1!2!x.zip"])
def test_a_report_about_dmarc_is_known_by_its_subject_and_file(name: str) -> None:
    assert found(an_aggregate_report(REPORT, name)) == "DMARC report"
    assert found(an_aggregate_report(REPORT.lower(), name)) == "DMARC report"
    assert found(an_aggregate_report("Your invoice", name)) is None


@pytest.mark.parametrize("name", ["invoice.zip", "b.com!ours.com!1!2.exe", "b.com!ours.com.zip"])
def test_another_file_makes_no_report_about_dmarc(name: str) -> None:
    assert found(an_aggregate_report(REPORT, name)) is None


def an_answer_to_an_invitation(method: str, kind: str = "text/calendar") -> bytes:
    event = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{method}\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    parts = f"--b\n\nAnna has accepted.\n--b\nContent-Type: {kind}\n\n{event}\n--b--\n"
    return f"Subject: Accepted: x\nContent-Type: multipart/alternative; boundary=b\n\n{parts}".encode()


@pytest.mark.parametrize("method", ["METHOD:REPLY", "method:reply", "METHOD;X-A=b:REPLY", "METHOD:COUNTER"])
@pytest.mark.parametrize("kind", ["text/calendar; method=REPLY", 'application/ics; name="invite.ics"'])
def test_an_answer_to_an_invitation_is_known_by_its_method(method: str, kind: str) -> None:
    assert found(an_answer_to_an_invitation(method, kind)) == "answers an invitation"


@pytest.mark.parametrize("method", ["METHOD:REQUEST", "METHOD:PUBLISH", "X-METHOD:REPLY", "DESCRIPTION:METHOD:REPLY"])
def test_an_invitation_is_no_answer_to_one(method: str) -> None:
    assert found(an_answer_to_an_invitation(method)) is None
    assert found(f"Subject: Accepted: x\n\n{method}\nMETHOD:REPLY\n".encode()) is None  # no calendar


def test_the_null_sender_and_mailer_daemons_are_automatic() -> None:
    assert found(b"\n", "") == "null sender"
    assert found(b"Return-Path: <>\n\n", None) is None  # much phish says so
    for robot in ("mailer-daemon@b.com", "MAILER_DAEMON@b.com", "Mail-Daemon@b.com", "mailerdaemon@b.com"):
        assert found(b"\n", None, robot) == "From a mailer daemon"


AWAY = (
    *("Automatic reply: Pills", "Auto-Reply: x", "Out of Office: x", "Out of the office", "Autoresponse: x"),
    *("Abwesenheitsnotiz: x", "Automatische Antwort: x", "Ich bin nicht im Büro", "Außer Haus"),
    *("Réponse automatique : x", "Absence du bureau", "Message d'absence"),
    *("Respuesta automática: x", "Fuera de la oficina", "Resposta automática: x", "Ausente do escritório"),
    *("Risposta automatica: x", "Fuori sede", "Automatisch antwoord: x", "Autosvar: x", "Automatiskt svar: x"),
    *("Automaattinen vastaus: x", "Automatyczna odpowiedź: x", "Automatická odpověď: x", "Automatikus válasz: x"),
    *("Otomatik yanıt: x", "Автоматический ответ: x", "Автоответ", "自動返信: x", "自动回复: x", "자동 회신: x"),
    *("On annual leave", "Abwesenheit: x", "Ich bin im Urlaub", "Absent jusqu'au 30 novembre", "Afwezig: x"),
    *("Resposta automàtica: x", "Erantzun automatikoa: x", "Mimo kancelář", "Nepřítomnost", "Neprítomný: x"),
    *("Frånvarande: x", "Fravær: x", "Ikke til stede: x", "Sjálfvirkt svar: x", "Távollét", "Nieobecność: x"),
    *("Automatski odgovor: x", "Аутоматски одговор: x", "Samodejni odgovor: x", "Ofis dışında: x", "Εκτός γραφείου"),
    *("Автоматичен отговор: x", "Вне офиса", "Automaatvastus: x", "Automatinis atsakymas: x", "Automātiskā atbilde: x"),
    *("不在通知", "부재 중: x", "תשובה אוטומטית: x", "رد تلقائي: x", "پاسخ خودکار: x", "Trả lời tự động: x"),
    *("Balasan otomatis: x", "ตอบกลับอัตโนมัติ: x"),
    *("【自動返信】x", "（自動返信）x", "【青山茶舗】自動返信", "[自动回复] x", "系统自动回复", "外出自動回覆: x"),
    *("[자동회신] x", "자동답장: x", "[Автоответ] x", "Автовідповідь: x", "رد آلي: x", "Tự động trả lời: x"),
)  # fmt: skip


@pytest.mark.parametrize("subject", AWAY)
@pytest.mark.parametrize("sign", ["In-Reply-To: <1@b.com>", "References: <1@b.com>", "X-Auto-Response-Suppress: All",
                                  "Auto-Submitted: auto-generated", "Precedence: bulk"])  # fmt: skip
def test_out_of_office_in_many_languages(subject: str, sign: str) -> None:
    assert found(f"Subject: {subject}\n{sign}\n\n".encode()) == "reads like an automatic reply"


@pytest.mark.parametrize(
    "subject",
    [
        "[Request received] Pills",
        "Ticket Received - Pills",
        "Support Ticket Opened [#4711]",
        "[example.com #4711] AutoReply: Pills",
        "[Ticket#2026112310000123] Automatische Antwort: Pills",
        "[EXTERN] [b.com] Automatic reply: Pills",
    ],
)
def test_a_ticket_system_that_answers_is_an_answering_machine(subject: str) -> None:
    for sign in ("In-Reply-To: <1@b.com>", "Auto-Submitted: auto-generated", "Precedence: bulk"):
        assert found(f"Subject: {subject}\n{sign}\n\n".encode()) == "reads like an automatic reply"
    assert found(f"Subject: {subject}\n\nhttp://pills-now.com/".encode()) is None


@pytest.mark.parametrize(
    "subject",
    ["[b.com] Your order", "We received your request to close your account", "【重要】自動退会", "[发送失败]"],
)
def test_spam_that_claims_to_answer_is_no_ticket(subject: str) -> None:
    assert found(f"Subject: {subject}\nIn-Reply-To: <1@b.com>\n\n".encode()) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Undelivered Mail Returned to Sender",
        "Undeliverable: Pills",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender",
        "failure notice",
        "[Postmaster] Email Delivery Failure",
        "Returned mail: see transcript for details",
        "Unzustellbar: x",
        "Non remis : x",
        "Onbestelbaar: x",
        "Не удалось доставить: x",
        "Nedoručitelné: x",
        "Olevererbart: x",
        "Kézbesíthetetlen: x",
        "Niedostarczalne: x",
        "Teslim edilemedi: x",
        "系统退信",
        "来自qq.com的退信",
        "[발송실패 안내] x",
        "Сообщение не доставлено",
        "Não é possível entregar: x",
    ],
)
def test_a_bounce_without_its_form_is_known_by_its_subject_where_it_answers_or_a_postmaster_writes(
    subject: str,
) -> None:
    assert found(f"Subject: {subject}\nIn-Reply-To: <1@b.com>\n\n".encode()) == "reads like a delivery report"
    assert found(f"Subject: {subject}\n\n".encode(), "a@b.com", "postmaster@b.com") == "a postmaster's report"
    assert found(f"Subject: {subject}\n\n".encode()) is None


@pytest.mark.parametrize("subject", [*AWAY, "Re: Automatic reply: x", "Buy autosvar pills"])
def test_spam_that_borrows_a_subject_is_spam(subject: str) -> None:
    assert found(f"Subject: {subject}\n\nhttp://pills-now.com/".encode()) is None


@pytest.mark.parametrize(
    "sender",
    [
        "list-confirm+0123456789abcdef0123456789abcdef01234567@lists.com",
        "letters-sc.1700000000.abcdefghijklmnopqrst-trap=ours.com@lists.com",
        "anna-confirm-1700000000.12345.abcdef@tmda.com",
        "anna-confirm-accept-1700000000.12345@tmda.com",
    ],
)
def test_who_asks_for_a_confirmation_by_its_address_is_no_spammer(sender: str) -> None:
    assert found(b"\n", sender) == "asks for a confirmation"
    assert found(b"\n", "a@b.com", sender) == "asks for a confirmation"


@pytest.mark.parametrize(
    "sender", ["order-confirm@shop.com", "confirm+x@shop.com", "confirm-news@shop.com", "x-sc@y.com"]
)
def test_a_shop_that_calls_itself_confirm_is_no_challenge(sender: str) -> None:
    assert found(b"\n", sender, sender) is None


CHALLENGES = (
    "Please confirm that you sent the message below.",
    "Your message to anna@b.com has been held. Please click here so that it is delivered.",
    "Sender verification required",
    "Reply to this message and it will be delivered.",
    "Please authenticate your email to anna@b.com",
    "Just this once, click the link below so I can receive your emails.",
)


@pytest.mark.parametrize("words", CHALLENGES)
def test_a_challenge_to_whoever_seems_to_have_written_is_no_spam(words: str) -> None:
    answer = f"In-Reply-To: <1@b.com>\n\n{words}\n"
    assert found(answer.encode()) == "asks to prove who wrote"
    assert found(f"Subject: {words}\nReferences: <1@b.com>\n\n".encode()) == "asks to prove who wrote"
    assert found(f"\n{words}\n".encode()) is None


@pytest.mark.parametrize(
    "data",
    [
        b"Auto-Submitted: no\n\n",
        b"X-Autoreply: no\n\n",
        b"Content-Type: multipart/report; boundary=b\n\n--b\n\nBuy!\n",
        b"Precedence: bulk\n\n",
        b"In-Reply-To: <1@b.com>\nSubject: Re: Your order\n\nConfirm your account now",
        b"In-Reply-To: <1@b.com>\n\nYou have 5 undelivered messages. Click to release them.",
    ],
)
def test_spam_that_borrows_a_form_is_not(data: bytes) -> None:
    assert found(data) is None


@pytest.mark.parametrize("value", ["auto-generated", "auto-notified", "Auto-Generated (cron); x=y", "x-mine"])
def test_a_programs_notice_says_so(value: str) -> None:
    assert generated(parse(f"Auto-Submitted: {value}\n\n".encode()))


@pytest.mark.parametrize("value", ["no", "No; x=y", "(a comment) no", "", "auto-replied"])
def test_what_is_no_programs_notice(value: str) -> None:
    assert not generated(parse(f"Auto-Submitted: {value}\n\n".encode()))


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_words_can_be_looked_at(words: str, subject: str) -> None:
    message = parse(b"In-Reply-To: <1@b.com>\n\n" + words.encode())
    automatic(message, "a@b.com", (words,), subject)


def test_a_text_made_to_be_slow_is_looked_at_at_once() -> None:
    began = time.process_time()
    for words in ("your message is held " * 5000, "reply to this message to " * 5000, "your message to " * 9000):
        found(f"In-Reply-To: <1@b.com>\n\n{words}".encode())
    assert within(1, began)
