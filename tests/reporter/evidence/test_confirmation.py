import pytest

from tests.reporter.messages import envelope, html
from trapline.reporter.evidence.confirmation import reads_like_confirmation
from trapline.reporter.judge import Context, judge


def found_in(body: str) -> bool:
    return judge(html(body), envelope(), Context()).evidence.confirmation


@pytest.mark.parametrize(
    "words",
    [
        "Please confirm your subscription to our weekly letter",
        "Click here to confirm your newsletter sign-up.",
        "Confirm that you want to receive our letters",
        "To verify your e-mail subscription, follow the link",
        "Subscription confirmation",
        "Bitte bestätigen Sie Ihre Anmeldung",
        "Newsletter-Anmeldung bitte bestätigen",
        "Confirmez votre inscription",
        "Confirma tu suscripción",
        "Conferma la tua iscrizione",
        "Bevestig je aanmelding",
        "Подтвердите вашу подписку",
    ],
)
def test_requests_to_confirm_a_subscription(words: str) -> None:
    assert reads_like_confirmation(words, ())
    assert reads_like_confirmation(None, [f"Hello,\n{words}"])
    assert found_in(f"<style>p {{}}</style><p>{words.replace(' ', '  <b></b>')}</p>")


@pytest.mark.parametrize(
    "words",
    [
        "Please verify your account",
        "Confirm your password within 24 hours or your mailbox is closed",
        "Your subscription has been renewed for 399 dollars",
        "Bestätigen Sie Ihre Bankdaten",
        "Buy pills",
        "Verify your e-mail address within 24 hours, or your mailbox is closed. If it was not you, click here",
        "Reset your password now. Ignore this message if you have done so already",
        "You did not verify your account: it is not safe to ignore this",
    ],
)
def test_other_letters_are_none(words: str) -> None:
    assert not reads_like_confirmation(words, [words])


@pytest.mark.parametrize(
    ("asked", "not_you"),
    [
        ("Please verify your e-mail address", "If you did not sign up, please ignore this message."),
        ("Activate your account: https://forum.com/a?k=1", "Ignore this email if it wasn't you who registered."),
        ("Your verification code is 123456", "If you didn't request a code, you can safely disregard this."),
        ("Somebody asked for a password reset", "If this was a mistake, no further action is needed."),
        ("Bitte bestätigen Sie Ihre E-Mail-Adresse", "Falls Sie sich nicht angemeldet haben, ignorieren Sie sie."),
        ("Confirmez votre adresse e-mail", "Si vous n'avez pas demandé ceci, ignorez ce message."),
    ],
)
def test_other_requests_are_some_where_whoever_did_not_ask_may_ignore_them(asked: str, not_you: str) -> None:
    assert reads_like_confirmation(asked, [not_you])
    assert reads_like_confirmation("Hello", [f"{asked}\n\n{not_you}"])
    assert not reads_like_confirmation(asked, ["Click here"])
    assert not reads_like_confirmation("Hello", [not_you])


def test_what_nobody_sees_is_no_request() -> None:
    assert not found_in('<p>Buy pills</p><div style="display:none">Please confirm your subscription</div>')


def test_a_long_letter_that_speaks_of_it_is_none() -> None:
    assert not reads_like_confirmation("News", ["Buy pills. " * 500 + "Confirm your subscription"])
