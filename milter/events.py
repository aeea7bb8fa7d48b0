"""What the milter has to tell the log about a dialogue. Pure: verdicts and envelopes in, events out.

A trap appears by its label; its address only where `milter.log_trap_addresses` asks for it.
"""

import logging
from collections.abc import Sequence

from trapline.config.dqs import Action
from trapline.config.events import Dialogue, Event, Fact, kind, trace
from trapline.config.names import bare_path
from trapline.dnsbl.findings import Listed, Unknown
from trapline.milter.session import Rcpt, Transaction
from trapline.milter.verdicts import Refuse
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import SpoolError


def refused(dialogue: Dialogue, verdict: Refuse, stage: str, trap: dict[str, Fact]) -> Event:
    """A client was refused at `stage` (550), or put off (450); `trap` where a trap was, like a person."""
    name = "refused" if verdict.reply.code >= 500 else "deferred"
    return Event(name, _listing(verdict.listed) | {"stage": stage} | trap, dialogue=dialogue)


def listed(dialogue: Dialogue, found: Listed, stage: str, would: Action | None) -> Event:
    """A listing that has no effect: the zone's action is `log`, or in shadow mode, what else `would` have been done."""
    more: dict[str, Fact] = {} if would is None else {"would": would}
    return Event("listed", _listing(found) | {"stage": stage} | more, dialogue=dialogue)


def tagged(dialogue: Dialogue, found: Listed, forged: int) -> Event:
    """A message was delivered with our header; `forged` of the same name were the sender's, and are removed."""
    return Event("tagged", _listing(found) | _forged(forged), dialogue=dialogue)


def untagged(dialogue: Dialogue, forged: int) -> Event:
    """A message needed no header of ours, but the sender had written some, which are removed."""
    return Event("forged tag", _forged(forged), dialogue=dialogue)


def trapped(dialogue: Dialogue, envelope: Envelope, transaction: Transaction) -> Event:
    """A message to traps, or what is left of a refused one, is in the spool."""
    facts = {"id": envelope.id} | hit(transaction) | {"people": len(transaction.people)}
    if envelope.listings:
        facts["zone"] = tuple(dict.fromkeys(found.zone for found in envelope.listings))
    if transaction.insider is None:
        return Event("trapped", facts, dialogue=dialogue)
    facts["warning"] = f"from an exempt client ({transaction.insider}): a stolen account?"
    return Event("trapped", facts, dialogue=dialogue, level=logging.WARNING)


def probe(dialogue: Dialogue, transaction: Transaction) -> Event:
    """A client named a trap and left before it sent a message."""
    return Event("probe", hit(transaction), dialogue=dialogue)


def capture_error(dialogue: Dialogue, error: SpoolError, transaction: Transaction) -> Event:
    """A message to traps could not be stored."""
    return Event("capture error", {"why": str(error)} | hit(transaction), dialogue=dialogue, level=logging.ERROR)


def lookup_error(dialogue: Dialogue, finding: Unknown, suppressed: int) -> Event:
    """A zone gave no answer; `suppressed`: how often that was not said since it last was."""
    facts: dict[str, Fact] = {"zone": finding.zone, "why": finding.why, "suppressed": suppressed}
    return Event("lookup error", facts, dialogue=dialogue, level=logging.WARNING)


def defect(dialogue: Dialogue, callback: str, error: Exception) -> Event:
    """A callback of ours raised; the message goes on."""
    sentence = f"defect in {callback}: {kind(error)}: the message goes on; please report this"
    facts: dict[str, Fact] = {"callback": callback, "error": kind(error)}
    return Event("defect", facts, dialogue=dialogue, text=sentence, trace=trace(error), level=logging.ERROR)


def hit(transaction: Transaction) -> dict[str, Fact]:
    """The traps that were hit: their labels, and their addresses where these are asked for."""
    rcpts = (*transaction.traps, *transaction.refused_traps)
    return named(rcpts, in_full=transaction.connection.rules.settings.milter.log_trap_addresses)


def named(rcpts: Sequence[Rcpt], *, in_full: bool) -> dict[str, Fact]:
    """The traps among `rcpts`; none: nothing is said."""
    traps = [(rcpt, rcpt.trap) for rcpt in rcpts if rcpt.trap is not None]
    facts: dict[str, Fact] = {}
    if traps:
        facts["label"] = tuple(dict.fromkeys(trap.label for _, trap in traps))
    if traps and in_full:
        facts["trap"] = tuple(dict.fromkeys(bare_path(rcpt.argument) for rcpt, _ in traps))
    return facts


def _listing(found: Listed) -> dict[str, Fact]:
    return {"zone": found.zone, "object": found.object, "codes": found.codes}


def _forged(number: int) -> dict[str, Fact]:
    return {"forged": number} if number else {}
