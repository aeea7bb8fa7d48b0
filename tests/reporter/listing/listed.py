"""What the tests of the list share."""

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from tests.reporter.caught import NOON
from trapline.blocklist.entry import Entry
from trapline.blocklist.listing import Kept, State


def a_kept(network: str = "11.0.0.66/32", state: State = "listed", at: datetime = NOON, **changes: Any) -> Kept:
    """An entry after its first hit."""
    facts: dict[str, Any] = {
        "network": ip_network(network),
        "first_hit": at,
        "last_hit": at,
        "hits": 1,
        "labels": ("web page",),
        "last_label": "web page",
        "reason": "a message to a trap",
        "expires": at + timedelta(hours=24),
        "repeated": False,
    }
    more: dict[str, Any] = {"since": at, "streak": 1, "listed_at": at}
    more |= {name: changes.pop(name) for name in (*more, "forgiven_at") if name in changes}
    return Kept(Entry(**facts | changes), state, **more)
