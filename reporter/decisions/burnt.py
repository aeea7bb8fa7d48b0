"""Is a trap burnt, or was it planted on somebody? Told by who writes to it, for `trapline status`.

A trap that only spammers know is hit by spammers. Where most of its mail comes from senders who are not listed for it
(providers, forwarders, bounces, newsletters), too many people know its address: somebody forges it, typed it into
forms, or uses it to have others listed. That accuses nobody; but the trap should be replaced.

Pure; overview/standing.py counts. Only pristine traps are judged: of the other kinds it is expected.
"""

from trapline.reporter.decisions.listing import ASKED, DOUBTED

LEAST_HITS = 5  #: messages to a trap, of which most are such; two newsletters are no sign of anything

#: The rules of listing that speak of an innocent sender, to whom somebody else gave the trap. Left out are those about
#: ourselves, those where nothing could be seen, and dnswl.org's silence.
INNOCENT = frozenset(
    {
        "large_sender",
        "large_senders_network",
        "forwarder",
        "rewritten_sender",
        "backscatter",
        "program_notice",
        "confirmation_request",
        "typed_into_form",
        ASKED[0],
        *DOUBTED,
    }
)


def is_burnt(kind: str, hits: int, spared: int) -> bool:
    """Whether most of the `hits` messages to a trap came from senders who were `spared` as innocent."""
    return kind == "pristine" and hits >= LEAST_HITS and 2 * spared > hits
