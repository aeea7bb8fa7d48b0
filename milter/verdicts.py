"""What the milter can answer: replies, and what becomes of a recipient and of a message."""

from dataclasses import dataclass

from trapline.dnsbl.findings import Listed


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: code, enhanced code (RFC 3463) and text belong together."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        """As the client sees it."""
        return f"{self.code} {self.enhanced} {self.text}"


@dataclass(frozen=True, slots=True)
class Accept:
    """Nothing stands against it; `noted` are the listings that were found and do not count here (log, shadow)."""

    noted: tuple[Listed, ...] = ()


NOTHING_NOTED = Accept()  #: for nearly all mail


@dataclass(frozen=True, slots=True)
class Tag:
    """It is delivered with a header that names the listing."""

    listed: Listed


@dataclass(frozen=True, slots=True)
class Refuse:
    """The client gets `reply`, because of `listed`."""

    reply: Reply
    listed: Listed


Verdict = Accept | Tag | Refuse


@dataclass(frozen=True, slots=True)
class Deliver:
    """The message goes on to its recipients, with `header` added where one is given."""

    header: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Discard:
    """Nobody gets the message; the sender sees 250."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The message goes on unchanged, without these recipients (as RCPT TO gave them)."""

    recipients: tuple[str, ...]
    header: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The sender is told to come back."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Reject:
    """Nobody gets the message, and the sender is told so."""

    reply: Reply


Ending = Deliver | Discard | Strip | TryAgain | Reject
