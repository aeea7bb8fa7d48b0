import pytest

from trapline.reporter.evidence.confirmation import reads_like_confirmation
from trapline.reporter.message import Text


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
    assert reads_like_confirmation(None, [Text(False, f"Hello,\n{words}")])
    assert reads_like_confirmation("Hi", [Text(True, f"<style>p {{}}</style><p>{words.replace(' ', '  <b></b>')}</p>")])


@pytest.mark.parametrize(
    "words",
    [
        "Please verify your account",
        "Confirm your password within 24 hours or your mailbox is closed",
        "Your subscription has been renewed for 399 dollars",
        "Bestätigen Sie Ihre Bankdaten",
        "Buy pills",
    ],
)
def test_other_letters_are_none(words: str) -> None:
    assert not reads_like_confirmation(words, [Text(False, words)])


def test_a_long_letter_that_speaks_of_it_is_none() -> None:
    assert not reads_like_confirmation("News", [Text(False, "Buy pills. " * 500 + "Confirm your subscription")])
