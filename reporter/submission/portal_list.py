"""What an item of the portal's `submissions/list` says of one submission. Pure: JSON in, facts out.

`listed` with a name in it means listed (in these datasets); else `last_check` means checked and not listed; else it is
pending. The item echoes what was submitted, whole mails too: of that only a digest leaves this file.
Sources: submit.spamhaus.org/api; what other clients saw of it (`listed` empty or null, or without a `last_check`).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from trapline.config.printable import printable

ReviewState = Literal["pending", "checked", "listed"]

MAX_ID = 300  #: characters of the portal's ids that are kept
MAX_DATASETS = 20
MAX_NAME = 60  #: characters of a dataset's name, or a kind's


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the portal says of one submission of this account."""

    portal_id: str
    kind: str  #: ip, domain, url, email
    digest: str  #: of what was submitted, from `digest`
    state: ReviewState
    datasets: tuple[str, ...] = ()  #: names such as "SBL"; none but for `listed`
    checked_at: datetime | None = None  #: when Spamhaus last looked; None where it does not say


def portal_id(value: object) -> str | None:
    """The id in an answer, a text or a number there; None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return printable(str(value).strip(), MAX_ID) or None


def digest(content: str) -> str:
    """What a submitted object is known by; a mail is not kept for it."""
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def reviewed(item: object) -> Reviewed | None:
    """The facts of one item; None where it has no id, and so is nobody's.

    >>> reviewed({"id": 7, "submission_type": "ip", "source": {"object": "9.8.7.66"}, "listed": ["SBL"]}).datasets
    ('SBL',)
    """
    if not isinstance(item, dict) or (identifier := portal_id(item.get("id"))) is None:
        return None
    datasets, last_check = _datasets(item.get("listed")), item.get("last_check")
    state: ReviewState = "pending"
    if datasets:
        state = "listed"
    elif last_check:
        state = "checked"
    kind = printable(str(item.get("submission_type")), MAX_NAME)
    return Reviewed(identifier, kind, digest(_object(item)), state, datasets, _moment(last_check))


def _object(item: dict[str, Any]) -> str:
    source = item.get("source")
    value = source.get("object") if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def _datasets(listed: object) -> tuple[str, ...]:
    names = listed if isinstance(listed, list) else [listed]
    texts = (printable(name.strip(), MAX_NAME) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_DATASETS]


def _moment(value: object) -> datetime | None:
    """RFC 3339, or seconds (or milliseconds) since 1970; None for anything else."""
    try:
        if isinstance(value, str) and not value.isdigit():
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            number = float(value)
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
