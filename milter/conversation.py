"""One connection's session together with what the pure session leaves out: questions to the zones, the message that is
captured, lines in the log.

Knows the engine and the spool, but not pymilter: `daemon.py` translates between its callbacks and this.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from trapline.config.events import Dialogue, Event
from trapline.config.names import IpAddress
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding
from trapline.dnsbl.observer import kind
from trapline.dnsbl.zones import Question
from trapline.milter import events
from trapline.milter.blocklist import Blocklist
from trapline.milter.capture import Capture
from trapline.milter.metrics import Metrics
from trapline.milter.questions import Questions
from trapline.milter.rules import Rules
from trapline.milter.seldom import Seldom
from trapline.milter.session import TAG_HEADER, Connection, Rcpt, Transaction
from trapline.milter.verdicts import NOTHING_NOTED, Accept, Deliver, Ending, Refuse, Reject, Reply, Strip, Tag, Verdict
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir, SpoolError

_log = logging.getLogger(__name__)

# To take one header out Postfix reads the message from its start: 20,000 forged ones cost it 10 s and end in an error
# of its own. No honest mail has them. The answer is the same for a trap, whose copy is kept all the same.
MAX_FORGED_TAGS = 1000
TOO_MANY_TAGS = Reply(550, "5.6.0", f"Message has too many {TAG_HEADER} headers")

_TAG_HEADER_FOLDED = TAG_HEADER.lower()
_failures = Seldom(time.monotonic)  # of lookups, in this process


class Conversation:
    """One SMTP client, from connect to disconnect."""

    def __init__(  # noqa: PLR0913, PLR0917  what the process has, then what is known of the client
        self,
        in_force: Callable[[], Rules],
        engine: Engine,
        blocklist: Blocklist,
        spool: Maildir,
        metrics: Metrics,
        address: IpAddress | None,
        name: str | None,
        daemon_name: str,
        host: str,
    ) -> None:
        """`in_force` gives the rules now; `host` is this server's name, for the Received line of what is caught."""
        rules = in_force()
        self._in_force = in_force
        self._questions = Questions(engine, rules.settings.milter.deadline_seconds)
        self._blocklist = blocklist
        self._spool = spool
        self._metrics = metrics
        self._early = rules.settings.milter.reject_at == "earliest"
        self._host = host
        self._capture: Capture | None = None
        self.connection = Connection(rules, address, name, daemon_name)
        self.transaction: Transaction | None = None
        self.queue_id: str | None = None
        self.forged_tags = 0  #: headers of our tag's name that the sender wrote into the message
        self._begun = False  # whether the content of the message has
        metrics.session()

    def helo(self, name: str) -> None:
        """HELO or EHLO; a transaction under way is over (RFC 5321, 4.1.4)."""
        self.abort()
        self.connection.greet(name)
        self._questions.renew()
        # Those about the client too: what is asked at once costs less, and who never greets us costs no question.
        self._questions.start(self.connection.questions)

    def mail(self, mail_from: str, *, authenticated: bool, resolved: str | None = None) -> Verdict:
        """MAIL FROM, and the address that Postfix takes it for. Accept, unless `reject_at` is "earliest"."""
        self.abort()
        self._questions.renew()
        # A connection may be old: who is a trap no more would lose mail, were it judged by the traps of its beginning.
        self.connection.rules = self._in_force()
        key = self.connection.blocklist_key
        blocked = None if key is None else self._blocklist.listing(key, self.connection.address)
        self.transaction = self.connection.mail(
            mail_from, authenticated=authenticated, resolved=resolved, blocked=blocked
        )
        self._questions.start(self.transaction.questions)
        if not self._early:
            return NOTHING_NOTED
        verdict = self.transaction.at_mail(self._found(self.transaction))
        self._metrics.verdict(verdict, "MAIL")
        self._log_verdict(verdict, stage="MAIL")
        return verdict

    def rcpt(self, argument: str, resolved: str | None = None) -> Verdict:
        """One RCPT TO, and the address that Postfix takes it for.

        Waits for what is left of the slowest lookup, for a trap as for a person.
        """
        transaction = self._required()
        verdict = transaction.rcpt(argument, self._found(transaction), resolved)
        self._metrics.verdict(verdict, "RCPT")
        if verdict is not NOTHING_NOTED:
            self._log_verdict(verdict, stage="RCPT", rcpt=transaction.rcpts[-1])
        return verdict

    def wants_content(self) -> bool:
        """Whether the message is to be collected; called at DATA."""
        self._begun = True
        transaction = self._required()
        if not transaction.traps:
            return False
        self._capture = Capture(self._spool, self._envelope(transaction), self._host)
        return True

    def tag(self) -> tuple[str, str] | None:
        """The header that the people's copy gets, where a zone's action is `tag`."""
        transaction = self._required()
        return transaction.tag(self._found(transaction)) if transaction.people else None

    def header(self, name: str, value: bytes) -> None:
        """One header field of the message."""
        self._begin()
        self.forged_tags += name.lower() == _TAG_HEADER_FOLDED
        if self._capture is not None:
            self._capture.header(name, value)

    def body(self, chunk: bytes) -> bool:
        """A piece of the body; False once more of it is of no use."""
        self._begin()
        return self._capture is not None and self._capture.body(chunk)

    def end(self, tag: tuple[str, str] | None) -> Ending:
        """The end of the message: the trap's copy is stored, then the fate of the others is told."""
        transaction = self._required()
        self._begin()
        stored = False
        if self._capture is not None and transaction.traps:
            stored = self._store(transaction, self._capture)
        elif transaction.refused_traps:
            self._store_envelope(transaction)
        ending = transaction.end(stored=stored, tag=tag)
        if self.forged_tags > MAX_FORGED_TAGS and self._tags:
            ending = Reject(TOO_MANY_TAGS)
        self._log_tag(transaction, ending)
        self._forget()
        return ending

    def abort(self) -> None:
        """The transaction is over for us: RSET, a new greeting, a lost connection, a message that hits no trap.

        May come when there is none.
        """
        transaction = self.transaction
        if transaction is not None and transaction.hit:
            if transaction.refused_traps:
                self._store_envelope(transaction)
            if transaction.traps:
                self._metrics.probe()
                self._log(events.probe(self.dialogue, transaction))
        self._forget()

    def give_up(self) -> None:
        """A defect of ours: the message under way goes on, seen by us no more.

        Whom we did not see among its recipients would lose it where it is discarded for the traps' sake.
        """
        self._forget()

    @property
    def dialogue(self) -> Dialogue:
        """Whose events these are, for the log."""
        return Dialogue(self.connection.address, self.connection.name, self.queue_id)

    def _begin(self) -> None:
        """Collect from here on, if nobody told us of DATA: Postfix does not where its milter_protocol is 2 or 3."""
        if not self._begun and self.transaction is not None:
            self.wants_content()

    def _forget(self) -> None:
        if self._capture is not None:
            self._capture.close()
        self._capture = None
        self._begun = False
        self.transaction = None
        self.queue_id = None
        self.forged_tags = 0

    def _required(self) -> Transaction:
        if self.transaction is None:
            raise RuntimeError("an event that belongs to a transaction came outside of one")
        return self.transaction

    def _found(self, transaction: Transaction) -> dict[Question, Finding]:
        """The findings on `transaction`."""
        findings = self._questions.found(transaction.questions)
        if self._questions.failed:
            self._tell_failures()
        return findings

    def _tell_failures(self) -> None:
        failed, self._questions.failed = self._questions.failed, []
        for finding in failed:
            self._metrics.error("lookup")
            suppressed = _failures.suppressed(f"{finding.zone}: {kind(finding)}")
            if suppressed is not None:
                self._log(events.lookup_error(self.dialogue, finding, suppressed))

    def _store(self, transaction: Transaction, capture: Capture) -> bool:
        try:
            capture.store()
        except SpoolError as error:
            self._log_capture_error(error, transaction)
            return False
        self._metrics.captured(capture.size_bytes)
        self._log_trapped(capture.envelope, transaction)
        return True

    def _store_envelope(self, transaction: Transaction) -> None:
        """Keep the envelope of a hit whose message was refused."""
        envelope = self._envelope(transaction, bodiless=True)
        try:
            self._spool.deliver([block.write(envelope, self._host), b"\n"], envelope.id)
        except SpoolError as error:
            self._log_capture_error(error, transaction)
        else:
            self._metrics.captured_envelope()
            self._log_trapped(envelope, transaction)

    def _envelope(self, transaction: Transaction, *, bodiless: bool = False) -> Envelope:
        return transaction.envelope(secrets.token_hex(8), datetime.now(UTC), self.queue_id, bodiless=bodiless)

    def _log_trapped(self, envelope: Envelope, transaction: Transaction) -> None:
        self._log(events.trapped(self.dialogue, envelope, transaction))

    def _log_capture_error(self, error: SpoolError, transaction: Transaction) -> None:
        self._metrics.error("capture")
        self._log(events.capture_error(self.dialogue, error, transaction))

    def _log_verdict(self, verdict: Verdict, *, stage: str, rcpt: Rcpt | None = None) -> None:
        settings = self.connection.rules.settings
        if isinstance(verdict, Refuse):
            trap = () if rcpt is None else (rcpt,)
            hit = events.named(trap, in_full=settings.milter.log_trap_addresses)
            self._log(events.refused(self.dialogue, verdict, stage, hit))
        elif isinstance(verdict, Accept) and verdict.noted and (rcpt is None or rcpt.trap is None):
            noted, transaction = verdict.noted[0], self._required()
            if noted == transaction.told:  # at MAIL, or at another recipient
                return
            transaction.told = noted
            self._log(events.listed(self.dialogue, noted, stage, self.connection.rules.policy.would(noted)))

    def _log_tag(self, transaction: Transaction, ending: Ending) -> None:
        """That people got a message with our header, or without a forged one."""
        if not isinstance(ending, Deliver | Strip) or not (ending.header or self.forged_tags):
            return
        if ending.header is not None:
            verdict = transaction.verdict(self._questions.notable)
            if isinstance(verdict, Tag):
                self._log(events.tagged(self.dialogue, verdict.listed, self.forged_tags))
        elif self._tags:
            self._log(events.untagged(self.dialogue, self.forged_tags))

    @property
    def _tags(self) -> bool:
        """Whether a zone's action is `tag`: else headers of our tag's name are another program's."""
        return self.connection.rules.settings.dqs.tags

    @staticmethod
    def _log(event: Event) -> None:
        _log.log(event.level, event)
