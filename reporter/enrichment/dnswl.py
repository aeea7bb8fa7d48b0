"""Asking dnswl.org about the address of a client: a server on that list, with a level, has other, honest users.

Only asks, and says once when no answer can be had; decisions/addresses.py says what an answer means for a report, and
decisions/listing.py what it means for the local blocklist. After a failure nothing is asked for a while: a whole spool
of mail would wait for one timeout after the other.
Source: dnswl.org (list.dnswl.org answers 127.0.CATEGORY.LEVEL, 0 none to 3 hi; 127.0.0.255 is a refusal).
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from trapline.config.clock import Clock
from trapline.config.events import Event
from trapline.config.names import IpAddress, is_public, real_address
from trapline.config.values import Nameserver
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, NotListed, Unknown
from trapline.dnsbl.zones import DNSWL, Question
from trapline.reporter.telling import Say

TIMEOUT_SECONDS = 5.0  #: for one answer
REST = timedelta(minutes=1)  #: in which nothing is asked, after a failure


class Dnswl:
    """dnswl.org, by the configured resolvers. Used by one thread; `close` it when done."""

    def __init__(self, nameservers: Sequence[Nameserver], clock: Clock, say: Say) -> None:
        self._engine = Engine({DNSWL.name: DNSWL}, nameservers, TIMEOUT_SECONDS)
        self._clock = clock
        self._say = say
        self._failed: Unknown | None = None
        self._failed_at: datetime | None = None

    def ask(self, address: IpAddress) -> Finding:
        """What dnswl.org says of `address`; Unknown where it says nothing that can be used."""
        real = real_address(address)
        if not is_public(real):
            return NotListed(DNSWL.name, str(real))
        if self._failed is not None and self._rests():
            return Unknown(DNSWL.name, str(real), self._failed.why)
        finding = self._engine.ask(Question(DNSWL.name, str(real))).wait(time.monotonic() + TIMEOUT_SECONDS + 1)
        self._notice(finding)
        return finding

    def _rests(self) -> bool:
        return self._failed_at is not None and self._failed_at <= self._clock() < self._failed_at + REST

    def _notice(self, finding: Finding) -> None:
        """Say it when answers stop coming, and when they come again."""
        if isinstance(finding, Unknown):
            if self._failed is None:
                sentence = (
                    f"dnswl.org gives no answer: {finding.why}; addresses wait for it, and nobody is listed here; "
                    "all else is reported"
                )
                self._say(Event("dnswl error", {"why": finding.why}, text=sentence, level=logging.WARNING))
            self._failed, self._failed_at = finding, self._clock()
        elif self._failed is not None:
            self._say(Event("dnswl back", text="dnswl.org answers again"))
            self._failed = self._failed_at = None

    def close(self) -> None:
        """Close the sockets."""
        self._engine.close()
