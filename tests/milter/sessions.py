"""A session as the milter's core sees it, for tests."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from trapline.config.settings import Settings
from trapline.dnsbl.findings import Finding, Listed
from trapline.dnsbl.zones import Question, zones
from trapline.milter.rules import Rules
from trapline.milter.session import Connection, Transaction
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet

TRAP, OTHER_TRAP, ANNA = "<trap@mx.com>", "<old@mx.com>", "<anna@mx.com>"

TRAPS = TrapSet(parse(Path("traps"), "trap@mx.com web page\nold@mx.com old shop recycled\n"))
SPAMMER = "9.8.7.66"
ZEN = Question("zen", SPAMMER)
LISTED: Mapping[Question, Finding] = {ZEN: Listed("zen", SPAMMER, ("127.0.0.2",))}
NOTHING: Mapping[Question, Finding] = {}


def rules(**sections: object) -> Rules:
    settings = Settings.model_validate(sections)
    return Rules(settings, zones(settings.dqs, "KEY"), TRAPS)


def connected(client: str | None = SPAMMER, daemon: str = "smtpd", **sections: object) -> Connection:
    connection = Connection(rules(**sections), None if client is None else ip_address(client), None, daemon)
    connection.greet("mail.pills.com")
    return connection


def mail(connection: Connection | None = None, sender: str = "<news@pills.com>", *, login: bool = False) -> Transaction:
    return (connection or connected()).mail(sender, authenticated=login)


def rcpts(*recipients: str, **sections: object) -> Transaction:
    transaction = mail(connected(SPAMMER, "", **sections))
    for recipient in recipients:
        transaction.rcpt(recipient, NOTHING)
    return transaction
