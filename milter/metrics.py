"""What the milter counts, as the sessions tell it. Here nothing is counted: it is what runs while metrics are off.

`prometheus.py` counts, `scrapes.py` serves the numbers. No value that a client wrote, no trap and no key is ever
handed to a metric: only zones, stages, and words of fixed sets.
"""

from dataclasses import dataclass
from typing import Literal

from trapline.dnsbl.observer import Observer
from trapline.milter.verdicts import Verdict

Stage = Literal["MAIL", "RCPT"]
ErrorKind = Literal["lookup", "capture", "defect", "reload", "blocklist"]


@dataclass(frozen=True, slots=True)
class Levels:
    """What a process has at this moment."""

    sessions: int  #: SMTP clients that are connected
    cache_entries: int
    traps: int  #: lines of the trap files
    blocked: int  #: entries of our own blocklist
    left_out: frozenset[str]  #: zones that count for nothing until they pass their test


class Metrics(Observer):
    """Told by the sessions, on libmilter's threads. This one counts nothing, and is what others derive from."""

    def session(self) -> None:
        """A client has connected."""

    def verdict(self, verdict: Verdict, stage: Stage) -> None:
        """A client was answered."""

    def captured(self, size_bytes: int) -> None:
        """A message is safe in the spool."""

    def captured_envelope(self) -> None:
        """The envelope of a trap hit whose message was refused is safe in the spool."""

    def probe(self) -> None:
        """A client named a trap and left without a message."""

    def error(self, kind: ErrorKind) -> None:
        """Something failed: a session had to do without a zone's answer, a message could not be stored, …"""

    def publish(self, levels: Levels) -> None:
        """Called by the main thread several times a second, and at the end."""
