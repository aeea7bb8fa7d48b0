"""What an SMTP client sees: one transaction, command by command, as codes and texts."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered to one command."""

    code: int
    text: str

    def __str__(self) -> str:
        """As it goes over the wire."""
        return f"{self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One transaction. `data` is None where no recipient was accepted."""

    mail: Reply
    rcpts: tuple[Reply, ...]  # in the order of the recipients
    data: Reply | None

    @property
    def rcpt(self) -> Reply:
        """The answer to the only recipient."""
        (reply,) = self.rcpts
        return reply

    @property
    def accepted(self) -> bool:
        """Whether the sender believes that the mail got through, to every recipient."""
        return self.data is not None and self.data.code == 250 and all(reply.code == 250 for reply in self.rcpts)


def send(
    smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], message: bytes, options: Sequence[str] = ()
) -> Dialogue:
    """Send `message` (LF line ends) as an ordinary client does; what is refused is not an error here."""
    mail = _reply(smtp.mail(sender, list(options)))
    rcpts = tuple(_reply(smtp.rcpt(recipient)) for recipient in recipients)
    if all(reply.code != 250 for reply in rcpts):
        smtp.rset()
        return Dialogue(mail, rcpts, None)
    return Dialogue(mail, rcpts, data(smtp, message))


def data(smtp: smtplib.SMTP, message: bytes) -> Reply:
    """DATA and the message, where MAIL and RCPT are done."""
    return _reply(smtp.data(message.replace(b"\n", b"\r\n")))


def _reply(answer: tuple[int, bytes]) -> Reply:
    code, text = answer
    return Reply(code, text.decode(errors="replace").replace("\n", " "))
