"""What may be watched of the lookups: answers from the cache, and how each lookup ended.

The engine tells an `Observer`; whoever wants to count brings one of their own. `result` names an outcome in a word of a
fixed set, so that a counter has a bounded number of series and nothing of what was asked is in it.
"""

from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown


class Observer:
    """Told by the engine, from the sessions' threads. This one ignores it all, and is what others derive from."""

    def cache_hits(self, number: int) -> None:
        """So many questions were answered from the cache, at once."""

    def cache_miss(self) -> None:
        """A question was not: it starts a lookup, or joins one under way."""

    def looked_up(self, finding: Finding, seconds: float | None) -> None:
        """A lookup ended `seconds` after its question was sent; None: it was never sent."""


# How the reasons of an Unknown begin (codes.py, engine.py, wire.py, general.py, lookup.py, the system's errors).
_FAILURES = (
    ("timeout", "timeout"),
    ("no resolver answers", "no_resolver"),
    ("SERVFAIL", "servfail"),
    ("REFUSED", "refused"),
    ("a lame answer", "lame"),
    ("Connection refused", "unreachable"),
    ("Network is unreachable", "unreachable"),
    ("No route to host", "unreachable"),
    ("too many lookups", "overload"),
    ("left out", "left_out"),
    ("the DQS key", "bad_key"),
    ("Spamhaus knows no zone of this name", "no_such_zone"),
    ("asked through a public resolver", "public_resolver"),
    ("too many queries", "too_many_queries"),
    ("an answer outside", "rewritten"),
    ("an error of the zone", "zone_error"),
)

RESULTS = ("listed", "not_listed", *dict.fromkeys(name for _, name in _FAILURES), "other")  #: every name there is


def result(finding: Finding) -> str:
    """The name of what a lookup found, one of RESULTS.

    >>> result(NotListed("zen", "11.0.0.1"))
    'not_listed'
    """
    match finding:
        case Listed():
            return "listed"
        case NotListed():
            return "not_listed"
    return next((name for begin, name in _FAILURES if finding.why.startswith(begin)), "other")


def kind(failed: Unknown) -> str:
    """What failed, whatever address a resolver that rewrites answers gave this time."""
    name = result(failed)
    return failed.why if name == "other" else name
