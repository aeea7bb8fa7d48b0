"""Is a trap burnt, or was it planted on somebody? Told by who writes to it, for `trapline status`.

A trap that only spammers know is hit by spammers. Where most of its mail comes from who is not listed here for it
(providers, forwarders, bounces, newsletters), too many know its address: somebody forges it, has typed it into forms,
or tries to have others listed by it. That accuses nobody; the trap is worth replacing.

Pure; overview/standing.py counts. The traps that are spoken of are pristine ones: of others it is known.
"""

from trapline.reporter.decisions.listing import ASKED, DOUBTED

LEAST_HITS = 5  #: messages to a trap, of which most are such; two newsletters are no sign of anything

#: The rules of listing that tell of an innocent sender, to whom somebody else gave the trap. Not those that tell of us,
#: or that nothing could be seen, and no silence of dnswl.org.
INNOCENT = frozenset(
    {
        "large_sender",
        "large_senders_network",
        "forwarder",
        "rewritten_sender",
        "backscatter",
        "program_notice",
        "confirmation_request",
        ASKED[0],
        *DOUBTED,
    }
)


def is_burnt(kind: str, hits: int, spared: int) -> bool:
    """Whether most of the `hits` messages to a trap came from senders who were `spared` as innocent."""
    return kind == "pristine" and hits >= LEAST_HITS and 2 * spared > hits
