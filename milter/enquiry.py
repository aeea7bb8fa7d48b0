"""What would the milter say? One SMTP transaction played through the session, for the command `lookup`.

It uses the very objects that serve Postfix, so the answer is the milter's own.
"""

import time
from dataclasses import dataclass
from typing import Literal

from trapline.config.names import IpAddress
from trapline.config.zones import BLOCKLIST
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Listed, Unknown
from trapline.dnsbl.zones import Question
from trapline.milter.blocklist import Blocklist
from trapline.milter.rules import Rules
from trapline.milter.session import Connection
from trapline.milter.verdicts import Refuse, Reply
from trapline.traps.traps import Trap

# Stands for any real recipient where none is named; `.invalid` can be no trap's domain (RFC 6761, 6.4).
_A_PERSON = "<person@recipient.invalid>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the milter would say, and why."""

    verdict: Literal["accept", "reject", "tempfail", "trap"]
    reply: Reply | None
    trap: Trap | None
    listings: tuple[Listed, ...]
    errors: tuple[str, ...]  #: the zones that did not answer, and why; likewise our own blocklist's file
    exempt: str | None  #: why nothing was asked
    asked: tuple[Question, ...]
    unanswered: frozenset[Question]  #: of these


def enquire(
    rules: Rules,
    engine: Engine,
    blocklist: Blocklist,
    client: IpAddress,
    helo: str | None,
    mail_from: str | None,
    rcpt: str | None,
) -> Answer:
    """Ask the zones and our own blocklist as the milter would, and give its answer to `rcpt` (default: a person)."""
    connection = Connection(rules, client, None)
    if helo:
        connection.greet(helo)
    key = connection.blocklist_key
    blocked = None if key is None else blocklist.listing(key, client)
    transaction = connection.mail(mail_from or "<>", authenticated=False, blocked=blocked)
    findings = _ask(engine, transaction.questions, rules.settings.milter.deadline_seconds)
    unknown: dict[Question, str] = {asked: one.why for asked, one in findings.items() if isinstance(one, Unknown)}
    ours = Question(BLOCKLIST, str(client)) if key is not None and blocklist.is_there else None
    if ours is not None and blocklist.trouble is not None:
        unknown[ours] = blocklist.trouble
    verdict = transaction.rcpt(rcpt or _A_PERSON, findings)
    trap = transaction.rcpts[-1].trap
    return Answer(
        verdict=_word(verdict.reply) if isinstance(verdict, Refuse) else "accept" if trap is None else "trap",
        reply=verdict.reply if isinstance(verdict, Refuse) else None,
        trap=trap,
        listings=transaction.listings,
        errors=tuple(dict.fromkeys(f"{asked.zone}: {why}" for asked, why in unknown.items())),
        exempt=transaction.exempt,
        asked=(*transaction.questions, *(() if ours is None else (ours,))),
        unanswered=frozenset(unknown),
    )


def _word(reply: Reply) -> Literal["reject", "tempfail"]:
    return "reject" if reply.code >= 500 else "tempfail"


def _ask(engine: Engine, questions: tuple[Question, ...], seconds: float) -> dict[Question, Finding]:
    asked = [engine.ask(question) for question in questions]
    deadline = time.monotonic() + seconds
    return {one.question: one.wait(deadline) for one in asked}
