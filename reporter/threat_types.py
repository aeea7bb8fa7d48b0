"""Which threat type a submission carries: the first of our preferences that the account knows.

The list differs by account, and from the documentation (`source-of-spam` is documented, `spam` is what the API has), so
the portal is asked. Pure; portal.py asks, sender.py keeps the answer for a day. No guessing: a wrong threat type would
make every submission worthless.
"""

from collections.abc import Iterable, Mapping

from trapline.config.errors import TraplineError
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.portal import ThreatType

PREFERENCES: Mapping[IndicatorKind, tuple[str, ...]] = {
    "ip": ("spam", "source-of-spam"),
    "domain": ("spam", "source-of-spam"),
    "url": ("scam", "spam"),
    "email": ("spam", "source-of-spam"),
}


class NoThreatTypeError(TraplineError):
    """The account knows none of the threat types that we would use."""

    def __init__(self, kind: IndicatorKind, offered: Iterable[str]) -> None:
        names = ", ".join(sorted(set(offered))[:20]) or "none at all"
        super().__init__(
            f"the Submission Portal offers no threat type for {kind} that we would use "
            f"({', '.join(PREFERENCES[kind])}); it has: {names}. Nothing of that kind is sent until it does"
        )


def choose(kind: IndicatorKind, offered: Iterable[ThreatType]) -> str:
    """The code to submit `kind` with.

    Raises NoThreatTypeError: none of the preferences is offered for it.
    """
    codes = [threat.code for threat in offered if threat.type in {"*", kind}]
    for preferred in PREFERENCES[kind]:
        if preferred in codes:
            return preferred
    raise NoThreatTypeError(kind, codes)
