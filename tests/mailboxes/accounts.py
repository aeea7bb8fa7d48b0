"""Mailboxes as the tests configure them."""

from typing import Any

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.scripted_imap import ScriptedImap
from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox

ANNA = "anna@harbour-mail.com"


def mailbox(server: Dovecot, **keys: Any) -> Mailbox:
    """Anna's mailbox on a real Dovecot, over TLS that is verified."""
    table = {"name": "anna", "role": "junk", "host": "localhost", "port": server.imaps, "user": ANNA}
    table |= {"ca_file": str(server.certificates.authority), "timeout_seconds": 10.0}
    return Mailbox.model_validate(table | keys)


def scripted(server: ScriptedImap, **keys: Any) -> Mailbox:
    """Anna's mailbox on a server that a test wrote; whatever does not answer within a second is given up."""
    table = {"name": "anna", "role": "junk", "host": "127.0.0.1", "port": server.port, "user": ANNA}
    return Mailbox.model_validate(table | {"tls": "none", "timeout_seconds": 1.0} | keys)


def login(user: str = ANNA) -> Login:
    """How to log in to either."""
    return Login(user, PASSWORD)
