"""Which threat type a submission carries: the first of our preferences that the account knows.

The list differs by account, and from the documentation (`source-of-spam` is documented, `spam` is what the API has), so
the portal is asked (portal.py), and its answer kept in the store for a day, over restarts. No guessing: a wrong threat
type would make every submission worthless.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.config.errors import TraplineError
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import notes
from trapline.reporter.submission.answers import ThreatType

PREFERENCES: Mapping[IndicatorKind, tuple[str, ...]] = {
    "ip": ("spam", "source-of-spam"),
    "domain": ("spam", "source-of-spam"),
    "url": ("scam", "spam"),
    "email": ("spam", "source-of-spam"),
}

HOLD = timedelta(days=1)  #: how long the account's list is believed

_KEPT = "threat_types"  # a note: the list, whose it is, and until when it is believed


@dataclass(frozen=True, slots=True)
class Offered:
    """The account's list."""

    types: tuple[ThreatType, ...]
    until: datetime  #: when it is to be asked for again


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


def kept(db: sa.Connection, account: str, now: datetime) -> Offered | None:
    """The list of `account` that is still believed at `now`; None where there is none."""
    text = notes.read(db, _KEPT)
    table = {} if text is None else json.loads(text)
    if table.get("account") != account:
        return None
    until = datetime.fromisoformat(table["until"])  # what is further ahead was written while the clock was wrong
    believed = now < until <= now + HOLD
    return Offered(tuple(ThreatType(*pair) for pair in table["types"]), until) if believed else None


def keep(db: sa.Connection, account: str, offered: Offered) -> None:
    """Keep the list of `account`."""
    types = [[threat.code, threat.type] for threat in offered.types]
    value = json.dumps({"account": account, "until": offered.until.isoformat(), "types": types})
    notes.write(db, _KEPT, value)
