"""One connection's session together with what the pure session leaves out: the lookups under way and the wait for them,
the message being captured, the lines in the log.

Knows the engine and the spool, but not pymilter: `daemon.py` translates between its callbacks and this.
"""

import logging
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from trapline.config.names import IpAddress
from trapline.dnsbl.engine import Asked, Engine
from trapline.dnsbl.findings import Finding, Listed, Unknown
from trapline.dnsbl.zones import Question
from trapline.milter.capture import Capture
from trapline.milter.rules import Rules
from trapline.milter.seldom import Seldom
from trapline.milter.session import TAG_HEADER, Connection, Transaction
from trapline.milter.verdicts import Accept, Ending, Refuse, Verdict
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir, SpoolError

_log = logging.getLogger(__name__)
_failures = Seldom(time.monotonic)  # of lookups, in this process


class Conversation:
    """One SMTP client, from connect to disconnect."""

    def __init__(
        self,
        rules: Rules,
        engine: Engine,
        spool: Maildir,
        address: IpAddress | None,
        name: str | None,
        daemon_name: str,
        host: str,
    ) -> None:
        """`host` is this server's name, for the Received line of what is caught."""
        self._engine = engine
        self._spool = spool
        self._deadline_seconds = rules.settings.milter.deadline_seconds
        self._early = rules.settings.milter.reject_at == "earliest"
        self._host = host
        self._asked: dict[Question, Asked] = {}
        self._findings: dict[Question, Finding] = {}
        self._capture: Capture | None = None
        self.connection = Connection(rules, address, name, daemon_name)
        self.transaction: Transaction | None = None
        self.queue_id: str | None = None
        self.forged_tags = 0  #: headers of our tag's name that the sender wrote into the message
        self._start(self.connection.questions)

    def helo(self, name: str) -> None:
        """HELO or EHLO; a transaction under way is over (RFC 5321, 4.1.4)."""
        self.abort()
        self.connection.greet(name)
        self._start(self.connection.questions)

    def mail(self, mail_from: str, *, authenticated: bool) -> Verdict:
        """MAIL FROM. The answer is Accept, unless `reject_at` is "earliest"."""
        self.abort()
        self._findings = {asked: found for asked, found in self._findings.items() if not isinstance(found, Unknown)}
        self.transaction = self.connection.mail(mail_from, authenticated=authenticated)
        self._start(self.transaction.questions)
        if not self._early:
            return Accept()
        verdict = self.transaction.at_mail(self._found(self.transaction))
        self._log_verdict(verdict, stage="MAIL", label=None)
        return verdict

    def rcpt(self, argument: str, resolved: str | None = None) -> Verdict:
        """One RCPT TO, and the address that Postfix takes it for.

        Waits for what is left of the slowest lookup, for a trap as for a person.
        """
        transaction = self._required()
        verdict = transaction.rcpt(argument, self._found(transaction), resolved)
        trap = transaction.rcpts[-1].trap
        self._log_verdict(verdict, stage="RCPT", label=None if trap is None else trap.label)
        return verdict

    def wants_content(self) -> bool:
        """Whether the message is to be collected; called at DATA."""
        if not self._required().traps:
            return False
        self._capture = Capture(self._spool)
        return True

    def tag(self) -> tuple[str, str] | None:
        """The header that the people's copy gets, where a zone's action is `tag`."""
        transaction = self._required()
        return transaction.tag(self._found(transaction)) if transaction.people else None

    def header(self, name: str, value: bytes) -> None:
        """One header field of the message."""
        self.forged_tags += name.lower() == TAG_HEADER.lower()
        if self._capture is not None:
            self._capture.header(name, value)

    def body(self, chunk: bytes) -> bool:
        """A piece of the body; False once more of it is of no use."""
        return self._capture is not None and self._capture.body(chunk)

    def end(self, tag: tuple[str, str] | None) -> Ending:
        """The end of the message: the trap's copy is stored, then the fate of the others is told."""
        transaction = self._required()
        stored = False
        if self._capture is not None and transaction.traps:
            stored = self._store(transaction, self._capture)
        elif transaction.refused_traps:
            self._store_envelope(transaction)
        ending = transaction.end(stored=stored, tag=tag)
        self._forget()
        return ending

    def abort(self) -> None:
        """RSET, a new greeting, a lost connection: the transaction is over. May come when there is none."""
        if self.transaction is not None:
            if self.transaction.refused_traps:
                self._store_envelope(self.transaction)
            if self.transaction.traps:
                self._log_line("probe", {"label": _labels(self.transaction)})
        self._forget()

    def give_up(self) -> None:
        """A defect of ours: the message under way goes on, seen by us no more.

        Whom we did not see among its recipients would lose it where it is discarded for the traps' sake.
        """
        self._forget()

    def _forget(self) -> None:
        if self._capture is not None:
            self._capture.close()
        self._capture = None
        self.transaction = None
        self.queue_id = None
        self.forged_tags = 0

    def _required(self) -> Transaction:
        if self.transaction is None:
            raise RuntimeError("an event that belongs to a transaction came outside of one")
        return self.transaction

    def _start(self, questions: Iterable[Question]) -> None:
        for question in questions:
            if question not in self._findings and question not in self._asked:
                self._asked[question] = self._engine.ask(question)

    def _found(self, transaction: Transaction) -> dict[Question, Finding]:
        """The findings on `transaction`, waited for until the deadline; what is late counts as unknown."""
        deadline = time.monotonic() + self._deadline_seconds
        for question in transaction.questions:
            asked = self._asked.pop(question, None)
            if question in self._findings or asked is None:
                continue
            finding = asked.wait(deadline)
            self._findings[question] = finding
            if isinstance(finding, Unknown):
                self._log_lookup_error(finding)
        return self._findings

    def _store(self, transaction: Transaction, capture: Capture) -> bool:
        envelope = self._envelope(transaction, truncated=capture.truncated)
        try:
            capture.store(envelope, self._host)
        except SpoolError as error:
            self._log_capture_error(error, transaction)
            return False
        self._log_trapped(envelope, transaction)
        return True

    def _store_envelope(self, transaction: Transaction) -> None:
        """Keep the envelope of a hit whose message was refused."""
        envelope = self._envelope(transaction, bodiless=True)
        try:
            self._spool.deliver([block.write(envelope, self._host), b"\n"], envelope.id)
        except SpoolError as error:
            self._log_capture_error(error, transaction)
        else:
            self._log_trapped(envelope, transaction)

    def _envelope(self, transaction: Transaction, *, bodiless: bool = False, truncated: bool = False) -> Envelope:
        return transaction.envelope(
            secrets.token_hex(8), datetime.now(UTC), self.queue_id, bodiless=bodiless, truncated=truncated
        )

    def _log_trapped(self, envelope: Envelope, transaction: Transaction) -> None:
        facts = {"id": envelope.id, "label": _labels(transaction), "people": str(len(transaction.people))}
        if transaction.insider is None:
            self._log_line("trapped", facts)
        else:
            warning = f"from an exempt client ({transaction.insider}): a stolen account?"
            self._log_line("trapped", facts | {"warning": warning}, logging.WARNING)

    def _log_lookup_error(self, finding: Unknown) -> None:
        suppressed = _failures.suppressed(f"{finding.zone}: {finding.why}")
        if suppressed is not None:
            facts = {"zone": finding.zone, "why": finding.why, "suppressed": str(suppressed)}
            self._log_line("lookup error", facts, logging.WARNING)

    def _log_capture_error(self, error: SpoolError, transaction: Transaction) -> None:
        self._log_line("capture error", {"why": str(error), "label": _labels(transaction)}, logging.ERROR)

    def _log_verdict(self, verdict: Verdict, *, stage: str, label: str | None) -> None:
        if isinstance(verdict, Refuse):
            listed = verdict.listed
            event = "refused" if verdict.reply.code >= 500 else "deferred"
            self._log_line(event, _facts(listed, stage) | ({} if label is None else {"label": f'"{label}"'}))
        elif isinstance(verdict, Accept) and verdict.noted and label is None:
            listed = verdict.noted[0]
            self._log_line("listed", _facts(listed, stage))

    def _log_line(self, event: str, facts: dict[str, str], level: int = logging.INFO) -> None:
        """One line in Postfix's manner: queue ID first, then what, then key=value."""
        client = f"{self.connection.name or 'unknown'}[{self.connection.address}]"
        text = ", ".join(f"{key}={_printable(value)}" for key, value in ({"client": client} | facts).items())
        _log.log(level, "%s: %s %s", self.queue_id or "NOQUEUE", event, text)


def _facts(listed: Listed, stage: str) -> dict[str, str]:
    return {"zone": listed.zone, "object": listed.object, "codes": ",".join(listed.codes), "stage": stage}


def _labels(transaction: Transaction) -> str:
    """The labels of the traps that were hit; never their addresses."""
    hit = (rcpt.trap.label for rcpt in (*transaction.traps, *transaction.refused_traps) if rcpt.trap is not None)
    return '"' + "|".join(dict.fromkeys(hit)) + '"'


def _printable(text: str) -> str:
    """`text` on one line: what a client wrote can't forge a line of the log."""
    return "".join(character if character.isprintable() else "?" for character in text)
