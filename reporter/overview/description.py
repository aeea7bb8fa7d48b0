"""A judgement as `trapline extract --json` prints it: the contract of the design, one object a message.

Everything seen is an item, what is skipped too; the message itself is one, as a sample (`emails`). A host that is an IP
address stands in `urls` only. `reason` of a `report` says what it rests on; that of a `skip` is the rule's.
"""

from typing import Any

from trapline.reporter.indicators import IndicatorKind, Judged, Skip, without_history
from trapline.reporter.judge import Judgement


def describe(file: str, judgement: Judgement) -> dict[str, Any]:
    """The object for the message in `file`, JSON types only."""
    evidence = judgement.evidence
    client = evidence.envelope.client.address
    return {
        "file": file,
        "client_address": None if client is None else str(client),
        "mail_from": evidence.envelope.mail_from,
        "subject": evidence.subject,
        "auth": None if evidence.auth is None else evidence.auth.results,
        "content": evidence.content.to_json(),
        "ips": _items(judgement, "ip"),
        "domains": _items(judgement, "domain"),
        "urls": _items(judgement, "url"),
        "emails": _items(judgement, "email"),
        "error": evidence.error,
    }


def unreadable(file: str, why: str) -> dict[str, Any]:
    """The object for a `file` in which there is no message that can be read."""
    return {
        "file": file,
        "client_address": None,
        "mail_from": None,
        "subject": None,
        "auth": None,
        "content": None,
        "ips": [],
        "domains": [],
        "urls": [],
        "emails": [],
        "error": why,
    }


def _items(judgement: Judgement, kind: IndicatorKind) -> list[dict[str, Any]]:
    return [_item(judged) for judged in judgement.judged if judged.indicator.kind == kind]


def _item(judged: Judged) -> dict[str, Any]:
    decision = without_history(judged.decision)
    skipped = isinstance(decision, Skip)
    return {
        "value": judged.indicator.value,
        "decision": "skip" if skipped else "report",
        "reason": decision.reason if isinstance(decision, Skip) else f"seen in {', '.join(judged.indicator.sources)}",
        "sources": list(judged.indicator.sources),
    }
