"""Whether a clock is to be believed before entries are dropped by it.

A clock that jumps ahead for a while (a wrong time zone, a battery that is empty, a host of its own time among several)
would drop the whole list at once. So a time that lies far from the last one that was believed has to be confirmed: the
clock must go on from there for PROOF. A reporter that was off for longer than JUMP drops entries that much later.

Pure: the store keeps what was believed last; listing itself never waits for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

JUMP = timedelta(days=3)  #: a clock may have gone on so far while nobody looked: a weekend
PROOF = timedelta(hours=6)  #: for which a time further away has to go on; a clock is mostly corrected sooner
STEP = timedelta(minutes=5)  #: between times that are kept


@dataclass(frozen=True, slots=True)
class Believed:
    """What is known of the time."""

    last: datetime  #: the last one that was believed
    doubted: datetime | None = None  #: a time far from that, since which the clock has to prove itself


def look(known: Believed | None, now: datetime) -> tuple[Believed, bool]:
    """What is known after the clock showed `now`, and whether that is believed."""
    if known is None:
        return Believed(now), True
    if abs(now - known.last) <= JUMP:
        moved = abs(now - known.last) >= STEP or known.doubted is not None
        return (Believed(now) if moved else known), True
    if known.doubted is None or now < known.doubted:
        return replace(known, doubted=now), False
    if now - known.doubted >= PROOF:
        return Believed(now), True
    return known, False
