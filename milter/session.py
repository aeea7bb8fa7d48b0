"""One SMTP connection and its transactions, as pure objects: told events and findings, they name the questions they
want asked and return what to answer. No socket, no clock, no pymilter: `daemon.py` is the adapter.

One object for a connection, one for each transaction: MAIL makes a new one, RSET and abort drop it, so that nothing is
left to leak from one message into the next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from trapline.config.names import IpAddress, bare_path
from trapline.dnsbl.findings import Finding, Listed, Unknown
from trapline.dnsbl.zones import Question
from trapline.milter.rules import Rules
from trapline.milter.verdicts import (
    NOTHING_NOTED,
    Accept,
    Deliver,
    Discard,
    Ending,
    Refuse,
    Reply,
    Strip,
    Tag,
    TryAgain,
    Verdict,
)
from trapline.spool.envelope import Client, Envelope, Recipient
from trapline.traps.traps import Trap

TAG_HEADER = "X-Spamhaus"

# The words that Postfix itself uses when its disk is full: nothing tells a trap from a person.
NOT_STORED = Reply(451, "4.3.0", "Error: queue file write error")

Findings = Mapping[Question, Finding]


class Rcpt(NamedTuple):
    """One recipient that Postfix accepted, and what we answered."""

    argument: str  #: as RCPT TO gave it
    resolved: str | None  #: the address that Postfix takes it for, where it says so
    trap: Trap | None
    refused: bool


class Connection:
    """One SMTP client, from connect to disconnect."""

    def __init__(self, rules: Rules, address: IpAddress | None, name: str | None, daemon_name: str = "") -> None:
        """`name` is the client's, as Postfix verified it; None where it did not."""
        self.rules = rules
        self.address = address
        self.name = name
        self.exempt, self._client_questions, self.blocklist_key = rules.client(address, daemon_name)
        self.helo: str | None = None
        self.refused_person = False  #: from then on a trap is refused like a person
        self.helo_questions: tuple[Question, ...] = ()
        self.questions = self._client_questions  #: what was asked about the client and its HELO

    def greet(self, helo: str) -> None:
        """HELO or EHLO, which comes again after STARTTLS."""
        self.helo = helo
        self.helo_questions = () if self.exempt else self.rules.helo_questions(helo)
        self.questions = (*self._client_questions, *self.helo_questions)

    def mail(
        self, mail_from: str, *, authenticated: bool, resolved: str | None = None, blocked: Listed | None = None
    ) -> "Transaction":
        """MAIL FROM: a new transaction.

        `resolved` is the address that Postfix takes it for, where it says so; `blocked` what our own blocklist has of
        the client now.
        """
        made = Transaction(self, bare_path(mail_from), authenticated=authenticated, resolved=resolved)
        if blocked is not None and not made.exempt:
            made.blocked = blocked
        return made


class Transaction:
    """One message, from MAIL FROM to its end, RSET or the loss of the connection."""

    def __init__(
        self, connection: Connection, mail_from: str, *, authenticated: bool, resolved: str | None = None
    ) -> None:
        rules = connection.rules
        self.connection = connection
        self.mail_from = mail_from
        self.authenticated = authenticated
        self.exempt = connection.exempt
        if authenticated and rules.settings.milter.exempt.authenticated:
            self.exempt = "authenticated"
        self.questions: tuple[Question, ...] = ()
        if not self.exempt:
            sender = rules.sender_questions(resolved or mail_from)
            # What rules remember is the same object again; a domain in both is asked about once.
            is_known = sender is connection.helo_questions
            self.questions = (
                connection.questions if is_known else tuple(dict.fromkeys((*connection.questions, *sender)))
            )
        self.blocked: Listed | None = None  #: by our own blocklist, which is asked at MAIL: a connection may be old
        self.rcpts: list[Rcpt] = []
        self.hit = False  #: whether a trap is among the recipients, accepted or refused
        self.listings: tuple[Listed, ...] = ()
        self.unanswered: tuple[str, ...] = ()
        self.told: Listed | None = None  #: the listing without effect that the log has already

    def verdict(self, findings: Findings) -> Verdict:
        """What the zones said, as a verdict on a person's mail; the envelope keeps what was said."""
        if not findings and self.blocked is None:  # nearly always
            self.listings, self.unanswered = (), ()
            return NOTHING_NOTED
        notable = [finding for question in self.questions if (finding := findings.get(question)) is not None]
        if self.blocked is not None:
            notable.append(self.blocked)
        self.listings = tuple(finding for finding in notable if isinstance(finding, Listed))
        self.unanswered = tuple(dict.fromkeys(finding.zone for finding in notable if isinstance(finding, Unknown)))
        return self.connection.rules.policy.verdict(self.listings)

    def at_mail(self, findings: Findings) -> Verdict:
        """The answer to MAIL, where `reject_at` is "earliest"; a person was refused then, as everybody was."""
        verdict = self.verdict(findings)
        if isinstance(verdict, Refuse):
            self.connection.refused_person = True
        return verdict

    def rcpt(self, argument: str, findings: Findings, resolved: str | None = None) -> Verdict:
        """The answer to one RCPT TO that Postfix accepts.

        An address can be written in more ways than we know (`mx.example!trap`, comments), so what Postfix resolves it
        to is looked for among the traps too.

        A trap is accepted from a listed client too: its spam is evidence. But it is refused as a person is once a
        person was refused in this connection, or the difference would tell which is which.
        """
        traps = self.connection.rules.traps
        trap = traps.match(argument)
        if trap is None and resolved and resolved != argument[1:-1]:
            trap = traps.match(resolved)
        verdict = self.verdict(findings)
        refused = isinstance(verdict, Refuse)
        if trap is None:
            self.connection.refused_person |= refused
        else:
            self.hit = True
            if refused and not self._traps_as_people:
                verdict, refused = Accept(noted=self.listings), False
        self.rcpts.append(Rcpt(argument, resolved, trap, refused))
        return verdict

    @property
    def _traps_as_people(self) -> bool:
        as_others = self.connection.rules.settings.traps.listed_clients == "as_others"
        return as_others or self.connection.refused_person

    @property
    def traps(self) -> tuple[Rcpt, ...]:
        """The traps that were accepted."""
        return () if not self.hit else tuple(rcpt for rcpt in self.rcpts if rcpt.trap is not None and not rcpt.refused)

    @property
    def insider(self) -> str | None:
        """Why a hit of this client is one of our own users', not a stranger's; None for a stranger.

        Whoever has authenticated is one of us, whether that exempts him from refusals or not.
        """
        return self.exempt or ("authenticated" if self.authenticated else None)

    @property
    def people(self) -> tuple[Rcpt, ...]:
        """The people who were accepted."""
        return tuple(rcpt for rcpt in self.rcpts if rcpt.trap is None and not rcpt.refused)

    @property
    def refused_traps(self) -> tuple[Rcpt, ...]:
        """The traps that were refused like people: a hit, of which the envelope alone is kept."""
        return () if not self.hit else tuple(rcpt for rcpt in self.rcpts if rcpt.trap is not None and rcpt.refused)

    def tag(self, findings: Findings) -> tuple[str, str] | None:
        """The header for the people's mail, where a zone's action is `tag`."""
        verdict = self.verdict(findings)
        if not isinstance(verdict, Tag):
            return None
        listed = verdict.listed
        return TAG_HEADER, f"{listed.zone}; {listed.object}; {', '.join(listed.codes)}"

    def end(self, *, stored: bool, tag: tuple[str, str] | None = None) -> Ending:
        """What becomes of the message at its end; `stored` says whether the trap's copy is safe.

        Nobody's mail waits for our disk: with people among the recipients the message goes on as it is, and the traps'
        copy goes to the fallback mailbox.
        """
        if not self.traps:
            return Deliver(tag)
        if not self.people:
            return Discard() if stored else TryAgain(NOT_STORED)
        if not stored:
            return Deliver(tag)
        if self.connection.rules.settings.milter.mixed_recipients == "discard":
            return Discard()
        return Strip(tuple(dict.fromkeys(name for rcpt in self.traps for name in _names(rcpt))), tag)

    def envelope(
        self,
        identity: str,
        received: datetime,
        queue_id: str | None,
        *,
        bodiless: bool = False,
    ) -> Envelope:
        """What we saw of this transaction. Refused people are no recipients; refused traps are hits like any other."""
        connection = self.connection
        recipients = (rcpt for rcpt in self.rcpts if rcpt.trap is not None or not rcpt.refused)
        return Envelope(
            id=identity,
            received=received,
            source="milter",
            client=Client(
                address=connection.address,
                name=connection.name,
                authenticated=self.authenticated,
                exempt=connection.exempt is not None,
            ),
            helo=connection.helo,
            mail_from=self.mail_from,
            recipients=tuple(dict.fromkeys(_recipient(rcpt) for rcpt in recipients)),
            queue_id=queue_id,
            listings=self.listings,
            unanswered=self.unanswered,
            bodiless=bodiless,
        )


def _names(rcpt: Rcpt) -> tuple[str, ...]:
    """As RCPT TO gave it and as Postfix queued it, which is not the same for a source route."""
    return (rcpt.argument,) if rcpt.resolved is None else (rcpt.argument, f"<{rcpt.resolved}>")


def _recipient(rcpt: Rcpt) -> Recipient:
    address = bare_path(rcpt.argument)
    if rcpt.trap is None:
        return Recipient(address=address)
    return Recipient(address=address, trap=True, label=rcpt.trap.label, kind=rcpt.trap.kind)
