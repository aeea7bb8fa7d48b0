"""Whether a clock is to be believed before something is dropped by it for good.

A clock that jumps ahead for a while (a wrong time zone, a battery that is empty, a host of its own time among several)
would drop the whole blocklist and all caught mail at once, and find all new mail of a mailbox too old. So a time that
lies far from the last one that was believed has to be confirmed: the clock must go on from there for PROOF, look by
look, since a second jump proves nothing. A daemon that was off for longer than JUMP drops things that much later.

Pure: who asks keeps what was believed last, and takes new things in meanwhile.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

JUMP = timedelta(days=3)  #: a clock may have gone on so far while nobody looked: a weekend
PROOF = timedelta(hours=6)  #: for which a time further away has to go on; a clock is mostly corrected sooner
STEP = timedelta(minutes=5)  #: between times that are kept
LONGEST = timedelta(hours=1)  #: what one look can prove: of a longer time nobody saw that the clock went through it


@dataclass(frozen=True, slots=True)
class Believed:
    """What is known of the time."""

    last: datetime  #: the last one that was believed
    doubted: datetime | None = None  #: a time far from that: the last one that was seen
    proof: timedelta = timedelta(0)  #: for which the clock was seen to go on, up to there

    def text(self) -> str:
        """To be kept; `from_text` reads it."""
        doubted = None if self.doubted is None else self.doubted.astimezone(UTC).isoformat()
        table = {"last": self.last.astimezone(UTC).isoformat(), "doubted": doubted, "proof": self.proof.total_seconds()}
        return json.dumps(table)


def from_text(text: str) -> Believed:
    """What was kept."""
    table = json.loads(text)
    doubted = None if table["doubted"] is None else datetime.fromisoformat(table["doubted"])
    return Believed(datetime.fromisoformat(table["last"]), doubted, timedelta(seconds=table.get("proof", 0.0)))


def look(known: Believed | None, now: datetime) -> tuple[Believed, bool]:
    """What is known after the clock showed `now`, and whether that is believed."""
    if known is None:
        return Believed(now), True
    if abs(now - known.last) <= JUMP:
        moved = abs(now - known.last) >= STEP or known.doubted is not None
        return (Believed(now) if moved else known), True
    step = None if known.doubted is None else now - known.doubted
    if step is None or step < -STEP:
        return Believed(known.last, doubted=now), False
    proof = known.proof + (PROOF / 2 if step > JUMP else min(step, LONGEST))
    if proof >= PROOF:
        return Believed(now), True
    return (known if step < STEP else replace(known, doubted=now, proof=proof)), False
