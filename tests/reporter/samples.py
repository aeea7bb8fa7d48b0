"""What the tests of samples share: a mail to a trap, and the sample that is made of it."""

import email
from email.message import EmailMessage

from tests.reporter.caught import TRAP, an_envelope
from trapline.reporter.indicators import Skip
from trapline.reporter.redaction.redaction import ours
from trapline.reporter.redaction.sample import Sample, prepare
from trapline.spool.envelope import Envelope

PLACEHOLDER = "recipient-1@redacted.invalid"
LOCAL = TRAP.partition("@")[0]

IS_OURS = ours(lambda text: text.lower() == TRAP, frozenset({"trap-mx.com"}))


def sample(message: bytes, envelope: Envelope | None = None) -> str:
    prepared = prepare(message, envelope or an_envelope(), IS_OURS)
    assert isinstance(prepared, Sample), prepared
    assert LOCAL not in prepared.text.lower()
    return prepared.text


def skipped(message: bytes, envelope: Envelope | None = None) -> str:
    prepared = prepare(message, envelope or an_envelope(), IS_OURS)
    assert isinstance(prepared, Skip), prepared
    return prepared.reason


def a_mail(text: str = "Buy pills", **more: object) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "news@pills-shop.com"
    mail["To"] = TRAP
    mail["Subject"] = "Pills"
    mail.set_content(text, **more)  # type: ignore[arg-type]
    return mail


def shown_body(text: str) -> str:
    shown = email.message_from_string(text).get_payload(decode=True)
    assert isinstance(shown, bytes)
    return shown.decode()
