"""The envelope of a caught message: what we saw of its SMTP transaction ourselves.

Nothing here comes from the message, which the sender wrote. As JSON it is the value of the header `Trapline-Envelope`
(see `block.py`); its format is versioned, and a reader refuses versions that it does not know.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Literal, Self, get_args

from trapline.config.errors import TraplineError
from trapline.config.names import IpAddress
from trapline.dnsbl.findings import Listed

VERSION = 1

Source = Literal["milter", "fallback", "mailbox", "file"]
Role = Literal["junk", "honeypot"]
Kind = Literal["pristine", "recycled", "typo"]


class EnvelopeError(TraplineError):
    """A text is no envelope that we can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The host that connected."""

    address: IpAddress | None = None  #: None where unknown
    name: str | None = None  #: as Postfix verified it (its address's name, whose address it is); None where it did not
    authenticated: bool = False
    exempt: bool = False  #: in an exempt network, or through an exempt service

    @property
    def is_ours(self) -> bool:
        """Whether it may send through this server: a spammer only if its account was stolen."""
        return self.authenticated or self.exempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One RCPT TO."""

    address: str  #: as the client wrote it, without brackets
    trap: bool = False
    label: str | None = None  #: where the trap was planted; None for a person
    kind: Kind | None = None  #: None for a person

    @property
    def once_somebodys(self) -> bool:
        """Whether the address was a person's, or is nearly one's: who writes to it may be innocent."""
        return self.kind in {"recycled", "typo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One SMTP transaction that hit a trap."""

    id: str  #: ours, unique
    received: datetime  #: when the message came; aware, UTC
    source: Source
    role: Role | None = None  #: of the mailbox that it was read from
    client: Client
    helo: str | None = None
    mail_from: str | None = None  #: without brackets; "" is the null sender (RFC 5321, 4.5.5); None where unknown
    recipients: tuple[Recipient, ...] = ()  #: in the order of RCPT TO
    queue_id: str | None = None
    listings: tuple[Listed, ...] = ()  #: what the zones said at that moment
    unanswered: tuple[str, ...] = ()  #: zones that were asked and did not answer
    others: bool = False  #: there were more recipients than we can name (fallback), so people may be among them
    bodiless: bool = False  #: the message was refused before DATA: the envelope is all there is
    truncated: bool = False  #: the message was larger than we keep; its end is missing
    mailbox: str | None = None  #: the name of the mailbox that it was read from
    authserv_ids: tuple[str, ...] = ()  #: believed in this message's Authentication-Results; of a mailbox's server
    filter_marks: tuple[tuple[str, str], ...] = ()  #: what the mailbox's filter wrote: X-Rspamd-Score, X-Spam-Status

    @property
    def traps(self) -> tuple[Recipient, ...]:
        """The recipients that are traps."""
        return tuple(recipient for recipient in self.recipients if recipient.trap)

    @property
    def received_by_another(self) -> bool:
        """Whether the message was read where a mail server had delivered it: it holds that server's Received field."""
        return self.source in {"mailbox", "file"}

    @property
    def mixed(self) -> bool:
        """Whether people got the message too, or may have. A Junk folder's owner is the one who reports it."""
        return self.role != "junk" and self._went_to_people

    @property
    def _went_to_people(self) -> bool:
        return self.others or any(not recipient.trap for recipient in self.recipients)

    def to_json(self) -> dict[str, Any]:
        """As the contract has it: JSON types only, times as ISO 8601 in UTC."""
        return {
            "version": VERSION,
            "id": self.id,
            "received": self.received.astimezone(UTC).isoformat(timespec="milliseconds"),
            "source": self.source,
            "role": self.role,
            "client": {
                "address": None if self.client.address is None else str(self.client.address),
                "name": self.client.name,
                "authenticated": self.client.authenticated,
                "exempt": self.client.exempt,
            },
            "helo": self.helo,
            "mail_from": self.mail_from,
            "recipients": [
                {"address": r.address, "trap": r.trap, "label": r.label, "kind": r.kind} for r in self.recipients
            ],
            "queue_id": self.queue_id,
            "listings": [listing_json(listing) for listing in self.listings],
            "unanswered": list(self.unanswered),
            "others": self.others,
            "bodiless": self.bodiless,
            "truncated": self.truncated,
            "mailbox": self.mailbox,
            "authserv_ids": list(self.authserv_ids),
            "filter_marks": dict(self.filter_marks),
        }

    @classmethod
    def from_json(cls, table: object) -> Self:
        """The envelope in `table`, a parsed JSON object.

        Raises EnvelopeError: another version, a missing key, a value of the wrong type.
        """
        if not isinstance(table, dict):
            raise EnvelopeError("the envelope is no JSON object")
        if table.get("version") != VERSION:
            raise EnvelopeError(
                f"the envelope has version {table.get('version')!r}, this trapline reads {VERSION}: "
                "milter and reporter must be of the same release"
            )
        try:
            return cls._from_table(table)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EnvelopeError(f"the envelope can't be read: {type(error).__name__}: {error}") from None

    @classmethod
    def _from_table(cls, table: dict[str, Any]) -> Self:
        client = _table(table["client"])
        return cls(
            id=_text(table["id"]),
            received=_time(table["received"]),
            source=_one_of(get_args(Source), table["source"]),
            role=_optional(table.get("role"), lambda value: _one_of(get_args(Role), value)),
            client=Client(
                address=_optional(client["address"], lambda value: ip_address(_text(value))),
                name=_optional(client.get("name"), _text),
                authenticated=_flag(client.get("authenticated", False)),
                exempt=_flag(client.get("exempt", False)),
            ),
            helo=_optional(table.get("helo"), _text),
            mail_from=_optional(table.get("mail_from"), _text),
            recipients=tuple(_recipient(item) for item in table["recipients"]),
            queue_id=_optional(table.get("queue_id"), _text),
            listings=tuple(_listing(item) for item in table.get("listings", ())),
            unanswered=tuple(_text(zone) for zone in table.get("unanswered", ())),
            others=_flag(table.get("others", False)),
            bodiless=_flag(table.get("bodiless", False)),
            truncated=_flag(table.get("truncated", False)),
            mailbox=_optional(table.get("mailbox"), _text),
            authserv_ids=tuple(_text(one) for one in table.get("authserv_ids", ())),
            filter_marks=tuple((name, _text(mark)) for name, mark in _table(table.get("filter_marks", {})).items()),
        )

    def dumps(self) -> str:
        """As JSON text: ASCII only, a value a line, each further line indented (so that it can be a folded header)."""
        return _ONE_A_LINE.encode(self.to_json())

    @classmethod
    def loads(cls, text: str) -> Self:
        """The envelope in JSON `text`.

        Raises EnvelopeError: no JSON, or not one of ours.
        """
        try:
            table = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise EnvelopeError(f"the envelope is not JSON: {error}") from None
        return cls.from_json(table)


_ONE_A_LINE = json.JSONEncoder(separators=(",\n ", ": "))


def listing_json(listing: Listed) -> dict[str, Any]:
    """A listing as the contract has it: `zone`, `object`, `codes` (whole answers)."""
    return {"zone": listing.zone, "object": listing.object, "codes": list(listing.codes)}


def _recipient(item: dict[str, Any]) -> Recipient:
    return Recipient(
        address=_text(item["address"]),
        trap=_flag(item["trap"]),
        label=_optional(item.get("label"), _text),
        kind=_optional(item.get("kind"), lambda value: _one_of(get_args(Kind), value)),
    )


def _listing(item: dict[str, Any]) -> Listed:
    return Listed(_text(item["zone"]), _text(item["object"]), tuple(_text(code) for code in item["codes"]))


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)


def _optional(value: object, read: Any) -> Any:
    return None if value is None else read(value)


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, not {type(value).__name__}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, not {type(value).__name__}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, not {type(value).__name__}")
    return value


def _one_of(choices: tuple[str, ...], value: object) -> Any:
    if value not in choices:
        raise ValueError(f"expected one of {', '.join(choices)}")
    return value
