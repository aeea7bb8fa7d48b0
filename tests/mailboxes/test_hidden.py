"""What no error and no log shows of a mailbox, however a server repeats it."""

import pytest

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.hidden import Hidden

ANNA = "anna@harbour-mail.com"
MAILBOX = Mailbox.model_validate({"name": "anna", "role": "junk", "host": "imap.harbour-mail.com", "user": ANNA})


def test_a_short_password_does_not_keep_an_address_from_being_hidden() -> None:
    assert Hidden(MAILBOX, Login(ANNA, "h")).shown("no h for ANNA@harbour-mail.com") == "no … for …"


def test_what_is_hidden_in_a_long_sentence_is_hidden_before_it_is_cut() -> None:
    assert Hidden(MAILBOX).shown(f"user {ANNA} is gone", 10) == "user … is…"


@pytest.mark.parametrize("secret", ["p'ss", 'p"ss', "p'\"ss", "p\\ss", "p\u00e4ss", "p\u20ac'\"\\ss"])
@pytest.mark.parametrize("around", ["{}", "it's {}", '"{}"', "'\"{}"])
def test_a_secret_is_hidden_in_bytes_as_python_writes_them(secret: str, around: str) -> None:
    hidden = Hidden(MAILBOX, Login(ANNA, secret))
    for said in (secret, secret.replace("\\", "\\\\").replace('"', '\\"')):
        assert "ss" not in hidden.shown(str([around.format(said).encode()]))
        assert hidden.shown(around.format(said)) == around.format("…")
