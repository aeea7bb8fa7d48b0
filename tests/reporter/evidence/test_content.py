"""What a message consists of, besides its links."""

import pytest

from tests.reporter.messages import TRAP, envelope, html
from trapline.reporter.evidence.content import Content, Words, content
from trapline.reporter.evidence.language import language
from trapline.reporter.indicators import Skip
from trapline.reporter.judge import Context, judge
from trapline.reporter.planning import Planner
from trapline.traps.matching import TrapSet

TEXTS = {
    "de": "Bitte bestätigen Sie Ihre Angaben, damit Ihr Konto nicht gesperrt wird.",
    "en": "Please confirm your details within a day, or your account will be closed.",
    "pt": "Clique no botão abaixo para regularizar a situação da sua conta imediatamente.",
    "ja": "お客様のアカウントは一時的に停止されました。下記のリンクから確認してください。",
    "ru": "Уважаемый клиент, подтвердите ваши данные, иначе счёт будет закрыт.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_the_language_is_told(code: str) -> None:
    assert language(TEXTS[code]) == code


@pytest.mark.parametrize(
    "text", ["", "Hi", "4711 / 0815", "https://pills.com/these-are-words-of-a-link", "\x01\x02\ud800"]
)
def test_of_too_few_words_no_language_is_told(text: str) -> None:
    assert language(text) is None


def test_of_a_text_and_its_html_the_longer_one_speaks_for_both() -> None:
    both = [Words("short"), Words("a  longer\n text", "hid\u200bden", ("display:none",))]
    assert content(both, (), 0) == Content(None, 13, 6, ("display:none",))


def test_what_only_fills_the_preview_of_a_newsletter_counts_for_nothing() -> None:
    assert content([Words("text", "\u200c \u00a0\u200c " * 50, ("display:none",))], (), 0).hidden_characters == 0


def test_a_site_that_stands_in_hidden_text_only_is_spared() -> None:
    body = '<a href="http://pills-now.com/x">buy</a><p style="display:none">as seen on www.bakery-anna.com</p>'
    judged = judge(html(body), envelope(), Context()).judged
    spared = {one.indicator.value: one.decision for one in judged if "bakery" in one.indicator.value}
    assert set(spared.values()) == {Skip("only in text that nobody sees")}
    assert len(spared) == 2


def sources(body: str, domain: str) -> tuple[str, ...]:
    judged = judge(html(body), envelope(), Context()).judged
    return next(one.indicator.sources for one in judged if one.indicator.value == domain)


def test_a_link_that_nobody_can_click_beside_one_that_can_be_clicked_is_hidden_text() -> None:
    body = (
        '<a href="http://pills-now.com/">buy</a><div style="display:none"><a href="http://bakery-anna.com/">x</a></div>'
    )
    assert sources(body, "bakery-anna.com") == ("html:hidden",)


@pytest.mark.parametrize(
    "body",
    [
        '<style>.m{display:block!important}</style><div class=m style="display:none"><a href="http://buy-x.com/">x</a></div>',
        '<a href="http://pills-now.com/">a</a><a style="mso-hide:all" href="http://buy-x.com/">buy</a>',
        '<a href="http://pills-now.com/">a</a><td style="font-size:0"><a href="http://buy-x.com/"><img src=x></a></td>',
    ],
    ids=["the only link, perhaps for telephones", "hidden from Outlook alone", "around a picture"],
)
def test_what_can_be_clicked_somewhere_is_a_link(body: str) -> None:
    assert sources(body, "buy-x.com") == ("html:a",)


def test_a_recipients_address_in_a_files_name_is_not_kept() -> None:
    message = f"Subject: x\nContent-Type: application/pdf; name=for-{TRAP}.pdf\n\nx".encode()
    taken = Planner(Context(), TrapSet(())).plan(envelope(), message, whole=True)
    assert taken.evidence.content.files == 1
    assert TRAP not in taken.evidence.content.attachments[0].name


def test_the_reason_of_a_sample_says_what_the_message_consists_of() -> None:
    body = f'<p style="display:none">hidden</p><p>{TEXTS["de"]}</p>'
    taken = Planner(Context(), TrapSet(())).plan(envelope(), html(body), whole=True)
    sample = next(plan for plan in taken.plans if plan.judged.indicator.kind == "email")
    assert sample.reason.endswith("hides 6 characters (display:none); language de")


def test_the_reason_of_a_sample_names_the_types_of_its_files() -> None:
    files = b"".join(b"--b\nContent-Type: %b\nContent-Disposition: attachment\n\nx\n" % one for one in (b"a/b", b"c/d"))
    message = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + files + b"--b--\n"
    taken = Planner(Context(), TrapSet(())).plan(envelope(), message, whole=True)
    sample = next(plan for plan in taken.plans if plan.judged.indicator.kind == "email")
    assert "2 attached (a/b, c/d)" in sample.reason
