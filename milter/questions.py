"""One connection's questions to the zones: asked as early as they are known, waited for when a recipient needs them.

What a connection may have asked for nothing, and what it keeps, are bounded: its client chooses the names.
"""

import time
from collections.abc import Iterable, Mapping, Sequence

from trapline.dnsbl.engine import Asked, Engine
from trapline.dnsbl.findings import Finding, NotListed, Unknown
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
        self._latest: Sequence[Question] = ()  # of what was asked; its findings are known or under way
        self._findings: dict[Question, Finding] = {}
        self.notable: dict[Question, Finding] = {}  #: of what was found, all but "not listed"
        self.failed: list[Unknown] = []  #: what could not be found out and was not yet told; for the caller to empty

    def start(self, questions: Sequence[Question]) -> None:
        """Ask before the answers are needed, so that nobody has to wait for them then."""
        if self._unused < MAX_UNUSED:
            self._ask(questions)

    def found(self, questions: Sequence[Question]) -> dict[Question, Finding]:
        """What is notable, once all of `questions` are answered or the deadline has come."""
        if self._changes != self._engine.changes:
            self._ask_anew(questions)
        elif self._unused >= MAX_UNUSED:
            self._ask(questions)
        if self._asked:
            self._wait(questions)
        return self.notable

    def renew(self) -> None:
        """Between two messages: what could not be found out is asked again, and what is kept is held within bounds.

        So is what a zone of one's own said, which may list the client for what it sent just before: the cache knows
        whether its answer still holds. What Spamhaus said holds for the connection: each question counts there.

        Where all is given up, the next message asks again, and the cache knows most.
        """
        if len(self._findings) + len(self._asked) > MAX_KEPT:
            self._forget()
        if self.notable:
            self._drop([asked for asked, finding in self.notable.items() if isinstance(finding, Unknown)])
        if own := self._engine.own_zones:
            self._drop([asked for asked in self._findings if asked.zone in own])

    def _ask(self, questions: Sequence[Question]) -> None:
        if questions is self._latest:  # at MAIL, where its domain is HELO's
            return
        self._latest = new = questions
        if self._findings or self._asked:
            new = [question for question in questions if question not in self._findings and question not in self._asked]
        known = self._engine.known(new)
        self._note(known)
        if len(known) < len(new):
            fresh = [question for question in new if question not in known]
            self._asked.update(zip(fresh, self._engine.ask_all(fresh), strict=True))
            self._unused += len(fresh)

    def _ask_anew(self, questions: Sequence[Question]) -> None:
        """A zone was left out or taken back: what it said before does not count."""
        self._changes = self._engine.changes
        self._forget()
        self._ask(questions)

    def _wait(self, questions: Iterable[Question]) -> None:
        deadline = time.monotonic() + self._deadline_seconds
        found: dict[Question, Finding] = {}
        for question in questions:
            asked = self._asked.pop(question, None)
            if asked is None:
                continue
            self._unused -= 1
            finding = found[question] = asked.wait(deadline)
            if isinstance(finding, Unknown) and finding.zone not in self._engine.left_out:
                self.failed.append(finding)
        self._note(found)

    def _note(self, found: Mapping[Question, Finding]) -> None:
        self._findings.update(found)
        for question, finding in found.items():
            if not isinstance(finding, NotListed):
                self.notable[question] = finding

    def _drop(self, questions: Iterable[Question]) -> None:
        self._latest = ()
        for question in questions:
            del self._findings[question]
            self.notable.pop(question, None)

    def _forget(self) -> None:
        self._latest = ()
        self._findings.clear()
        self.notable.clear()
        self._asked.clear()
