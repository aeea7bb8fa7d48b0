"""Messages and envelopes for the reporter's tests; every address and name is invented."""

from datetime import UTC, datetime
from ipaddress import ip_address

from trapline.spool.envelope import Client, Envelope, Kind, Recipient

TRAP = "wiltrud.kesselring@ourtraps.com"


def envelope(
    *,
    client: str | None = "11.2.3.4",
    name: str | None = None,
    mail_from: str | None = "news@pills-now.com",
    helo: str | None = "mail.pills-now.com",
    kinds: tuple[Kind, ...] = ("pristine",),
    authenticated: bool = False,
    exempt: bool = False,
    people: tuple[str, ...] = (),
    bodiless: bool = False,
) -> Envelope:
    """A stranger's transaction that hit a trap for the first time, unless said otherwise."""
    traps = tuple(Recipient(address=TRAP, trap=True, label="contact page", kind=kind) for kind in kinds)
    return Envelope(
        id="20260101-1",
        received=datetime(2026, 1, 1, 12, 0, tzinfo=UTC),
        source="milter",
        client=Client(
            address=None if client is None else ip_address(client),
            name=name,
            authenticated=authenticated,
            exempt=exempt,
        ),
        helo=helo,
        mail_from=mail_from,
        recipients=traps + tuple(Recipient(address=one) for one in people),
        queue_id="4ABC",
        bodiless=bodiless,
    )


def html(body: str, *fields: str) -> bytes:
    """A message of one HTML part, with further header fields."""
    head = ("From: News <news@pills-now.com>", "Subject: Buy", *fields, "Content-Type: text/html; charset=utf-8")
    return ("\n".join(head) + "\n\n" + body).encode()


def link(url: str, *fields: str) -> bytes:
    """A message with one link."""
    return html(f'<p>Look <a href="{url}">here</a></p>', *fields)
