"""What rspamd answers to a scan and to a lesson. Pure.

Source: rspamd, "Protocol" (checkv2) and the controller's learnspam and learnham; tried with rspamd 3.4: 208 for a
message that it has learned already, 204 for one with too few words. A controller without a Redis, and one that is given
GTUBE, answer 200 and learn nothing; then its own count of lessons (`stat`) stays as it was.
"""

import json
import math
import re
from typing import Any

from trapline.config.printable import printable
from trapline.filters.scanner import (
    MAX_REPORT_LENGTH,
    MAX_SYMBOL_LENGTH,
    MAX_SYMBOLS,
    FilterDownError,
    FilterError,
    Learnt,
    Score,
    Symbol,
)

# The actions that call a message spam, mildest first; greylist and soft reject only ask the sender to come back.
SPAM_ACTIONS = ("add header", "rewrite subject", "quarantine", "reject")

MAX_OPTIONS = 5  #: of a symbol (what it hit on) that a report shows

_LINE = 200  # characters of a report's line
_WORDS = 200  # characters of what rspamd says is wrong
_SPACE = re.compile(r"\s+")


def score(status: int, body: bytes) -> Score:
    """What a scan was answered. Raises FilterError; FilterDownError: it can't scan anything."""
    table = _table(body)
    _refuse(status, table)
    action, points = table.get("action"), _number(table.get("score"))
    if status != 200 or not isinstance(action, str) or points is None:
        raise FilterError(f"rspamd: its answer has no action and score (HTTP {status}): is filters.rspamd.url right?")
    symbols = _symbols(table.get("symbols"))
    return Score(
        spam=action in SPAM_ACTIONS,
        score=points,
        threshold=_threshold(table),
        symbols=tuple(Symbol(name, _number(about.get("score")) or 0.0) for name, about in symbols),
        report=_report(action, points, symbols),
    )


def learnt(status: int, body: bytes) -> Learnt:
    """What a lesson was answered. Raises FilterError; FilterDownError: it learns nothing at all."""
    if status == 208:
        return Learnt.NOTHING_NEW
    if status == 204:
        return Learnt.TOO_SHORT
    table = _table(body)
    _refuse(status, table)
    if status != 200 or table.get("success") is not True:
        raise FilterError(f"rspamd: it did not learn (HTTP {status}): {_said(table)}")
    return Learnt.LEARNT


def lessons(status: int, body: bytes) -> int:
    """How many lessons the controller has counted since its start, as its statistics say.

    Raises FilterDownError: it wants its password, or is no controller. Raises FilterError.
    """
    table = _table(body)
    _refuse(status, table)
    count = _number(table.get("learned"))
    if status != 200 or count is None:
        raise FilterError(f"rspamd: no statistics (HTTP {status}): is filters.rspamd.controller right?")
    return int(count)


def _refuse(status: int, table: dict[str, Any]) -> None:
    if status in {401, 403}:
        raise FilterDownError("rspamd: it wants the controller's password: see filters.rspamd.password_file")
    if status == 404 or (status == 500 and table.get("error") == "invalid command"):
        raise FilterDownError("rspamd: this worker does not do that: are filters.rspamd.url and controller mixed up?")


def _table(body: bytes) -> dict[str, Any]:
    try:
        table = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _threshold(table: dict[str, Any]) -> float | None:
    """From which score on the mildest action that calls it spam is taken.

    Newer versions name the `thresholds`. The others tell that of a rejection alone, which says nothing here.
    """
    thresholds = table.get("thresholds")
    given = thresholds if isinstance(thresholds, dict) else {}
    return min((value for action in SPAM_ACTIONS if (value := _number(given.get(action))) is not None), default=None)


def _symbols(value: object) -> list[tuple[str, dict[str, Any]]]:
    """Names and what is known of each, the heaviest first."""
    pairs = list(value.items()) if isinstance(value, dict) else []
    known = [(str(name)[:MAX_SYMBOL_LENGTH], about) for name, about in pairs[:MAX_SYMBOLS] if isinstance(about, dict)]
    return sorted(known, key=lambda pair: -abs(_number(pair[1].get("score")) or 0.0))


def _report(action: str, points: float, symbols: list[tuple[str, dict[str, Any]]]) -> str:
    lines = [f"rspamd: {_one_line(action)}, score {points:.2f}"]
    for name, about in symbols:
        options = about.get("options")
        hits = [str(option) for option in options[:MAX_OPTIONS]] if isinstance(options, list) else []
        words = [str(about.get("description") or ""), f"[{', '.join(hits)}]" if hits else ""]
        lines.append(_one_line(f"{_number(about.get('score')) or 0.0:6.2f} {name}  {' '.join(words)}"))
    return "\n".join(line.rstrip() for line in lines)[:MAX_REPORT_LENGTH]


def _one_line(text: str) -> str:
    return text[:_LINE].replace("\r", " ").replace("\n", " ")


def _said(table: dict[str, Any]) -> str:
    words = str(table.get("error") or "it does not say why")
    return printable(_SPACE.sub(" ", words), _WORDS)


def _number(value: object) -> float | None:
    """A finite number; rspamd writes null for what it does not know."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None
