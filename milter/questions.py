"""One connection's questions to the zones: asked as early as they are known, waited for when a recipient needs them.

What a connection may have asked for nothing, and what it keeps, are bounded: its client chooses the names.
"""

import time
from collections.abc import Iterable, Sequence

from trapline.dnsbl.engine import Asked, Engine
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.zones import Question

# Who greets us again and again, or begins message after message without a recipient, is no mail server. What he names
# would fill the table of lookups, so that others' mail is not looked at, and use up the day's questions.
MAX_UNUSED = 50  #: questions of a connection that no recipient has needed yet; beyond it, asked when one does
MAX_KEPT = 200  #: findings and lookups of a connection, looked at between its messages; beyond it all are given up


class Questions:
    """What was asked for one connection, and what was found."""

    def __init__(self, engine: Engine, deadline_seconds: float) -> None:
        """`deadline_seconds`: how long `found` waits at most; what is late counts as unknown."""
        self._engine = engine
        self._deadline_seconds = deadline_seconds
        self._changes = engine.changes
        self._asked: dict[Question, Asked] = {}
        self._unused = 0
        self.findings: dict[Question, Finding] = {}
        self.failed: list[Unknown] = []  #: what could not be found out and was not yet told; for the caller to empty

    def start(self, questions: Iterable[Question]) -> None:
        """Ask before the answers are needed, so that nobody has to wait for them then."""
        if self._unused < MAX_UNUSED:
            self._ask(questions)

    def found(self, questions: Sequence[Question]) -> dict[Question, Finding]:
        """The findings, once all of `questions` are answered or the deadline has come."""
        if self._changes != self._engine.changes:
            self._ask_anew(questions)
        elif self._unused >= MAX_UNUSED:
            self._ask(questions)
        if self._asked:
            self._wait(questions)
        return self.findings

    def renew(self) -> None:
        """Between two messages: what could not be found out is asked again, and what is kept is held within bounds.

        So is what a zone of one's own said, which may list the client for what it sent just before: the cache knows
        whether its answer still holds. What Spamhaus said holds for the connection: each question counts there.

        Where all is given up, the next message asks again, and the cache knows most.
        """
        if len(self.findings) + len(self._asked) > MAX_KEPT:
            self._forget()
        own = self._engine.own_zones
        passed = [
            asked
            for asked, finding in self.findings.items()
            if isinstance(finding, Unknown) or (own and asked.zone in own)
        ]
        for question in passed:
            del self.findings[question]

    def _ask(self, questions: Iterable[Question]) -> None:
        fresh: list[Question] = []
        for question in questions:
            if question in self.findings or question in self._asked:
                continue
            known = self._engine.known(question)
            if known is not None:
                self.findings[question] = known
            else:
                fresh.append(question)
        if fresh:
            self._asked.update(zip(fresh, self._engine.ask_all(fresh), strict=True))
            self._unused += len(fresh)

    def _ask_anew(self, questions: Iterable[Question]) -> None:
        """A zone was left out or taken back: what it said before does not count."""
        self._changes = self._engine.changes
        self._forget()
        self._ask(questions)

    def _wait(self, questions: Iterable[Question]) -> None:
        deadline = time.monotonic() + self._deadline_seconds
        for question in questions:
            asked = self._asked.pop(question, None)
            if asked is None:
                continue
            self._unused -= 1
            finding = self.findings[question] = asked.wait(deadline)
            if isinstance(finding, Unknown) and finding.zone not in self._engine.left_out:
                self.failed.append(finding)

    def _forget(self) -> None:
        self.findings.clear()
        self._asked.clear()
