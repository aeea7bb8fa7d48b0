"""Whether the client of a message is listed on this server: what tests of the rules about that ask."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from tests.reporter.decisions.reasons import SPAM
from tests.reporter.messages import TRAP, envelope
from trapline.config.networks import NetworkSet
from trapline.reporter.decisions.listing import ListHere, Spare
from trapline.reporter.judge import Context, judge
from trapline.spool.envelope import Envelope, Recipient

OURS = "mx.ourtraps.com"  #: our server's name in Authentication-Results
CONTEXT = Context(authserv_ids=(OURS,))
GOOGLE = (("_spf.google.com", NetworkSet([ip_network("11.5.0.0/16"), ip_network("2a00:1450:4::25/128")])),)
TWO = (
    Recipient(address=TRAP, trap=True, label="contact page", kind="pristine"),
    Recipient(address="x@ourtraps.com", trap=True, label="forum", kind="pristine"),
)


def decided(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> ListHere | Spare:
    return judge(of, at or envelope(), context).listing


def spared(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> str | None:
    """The name of the rule that spares the client; None where it is listed after one hit."""
    found = decided(of, at, context)
    assert isinstance(found, Spare) or found.traps == 1
    return found.rule


def waits(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> str | None:
    """The name of the rule that waits for a second trap; None where none does."""
    found = decided(of, at, context)
    assert isinstance(found, ListHere)
    return found.rule if found.traps == 2 else None


def caught(**changes: Any) -> Envelope:
    """A stranger's hit of one trap, with further facts than `envelope` knows."""
    return replace(envelope(), **changes)


def results(said: str) -> str:
    """A field that our own server wrote."""
    return f"Authentication-Results: {OURS}; {said}"
