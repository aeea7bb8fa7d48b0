"""SpamAssassin's spamd, on the wire: a request and its answer. Pure.

A request is a line, header lines, an empty line, the message; the answer likewise, with the report as its body.
Source: SpamAssassin 4.0, spamd/PROTOCOL and spamd itself.

Written here because no library fits: aiospamc 1.2 demands an old typer and reads answers of any size, the others on
PyPI were abandoned.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trapline.config.printable import printable
from trapline.filters.scanner import (
    MAX_REPORT_LENGTH,
    MAX_SYMBOL_LENGTH,
    MAX_SYMBOLS,
    FilterDownError,
    FilterError,
    Learnt,
    Lesson,
    Score,
    Symbol,
)

_STATUS = re.compile(r"SPAMD/[0-9.]{1,8} (?P<code>[0-9]{1,5}) ?(?P<words>.*)", re.ASCII)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_VERDICT = re.compile(
    r"(?P<word>true|yes|false|no)\s*;\s*(?P<score>-?[0-9.]{1,20})\s*/\s*(?P<threshold>-?[0-9.]{1,20})", re.IGNORECASE
)
# The report's table comes after the preview of the message, in which a sender may have drawn one of his own: only
# what stands below the last such line counts.
_TABLE = re.compile(r"^-{3,} -{3,} -{3,}\s*$", re.MULTILINE)
_ROW = re.compile(r"^\s*(?P<score>-?[0-9]{1,6}(?:\.[0-9]{1,4})?) (?P<name>[A-Z_][A-Z0-9_]*)\b", re.MULTILINE | re.ASCII)

_DIGITS = 10  # of a Content-length
_WORDS = 200  # characters of what spamd says is wrong

# spamd's exit codes (sysexits.h) that are about spamd, not about the message.
_UNAVAILABLE, _NO_PERMISSION, _NO_USER, _CONFIG = 69, 77, 67, 78


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in its parts; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


def request(command: str, message: bytes, headers: Mapping[str, str]) -> bytes:
    """`command` (REPORT, TELL) about `message`. Header values must be one line each, as the settings ensure."""
    lines = [f"{command} SPAMC/1.5", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-length: {len(message)}", "", ""]).encode("ascii") + message


def lesson_headers(lesson: Lesson | None) -> dict[str, str]:
    """What TELL says: that the message is of this kind, or (None) that it is to be forgotten."""
    return {"Remove": "local"} if lesson is None else {"Message-class": lesson, "Set": "local"}


def answer(raw: bytes) -> Answer:
    """The parts of an answer that went well.

    Raises FilterDownError: spamd can't do it for any message; FilterError: it is no answer of spamd's, or says what is
    wrong with this message.
    """
    if not raw:
        raise FilterError("spamd: it hung up without an answer")
    head, body = [*_HEAD_END.split(raw, maxsplit=1), b""][:2]
    first, *rest = head.decode("utf-8", "replace").splitlines() or [""]
    status = _STATUS.fullmatch(first.strip())
    if status is None:
        raise FilterDownError("spamd: what answers is no spamd: is filters.spamd.address right?")
    code, words = int(status["code"]), printable(status["words"].strip(), _WORDS)
    if code == _UNAVAILABLE and "TELL" in words:
        raise FilterDownError("spamd: it takes no lessons: start spamd with --allow-tell")
    if code in {_UNAVAILABLE, _NO_PERMISSION, _NO_USER, _CONFIG}:
        raise FilterDownError(f"spamd: it can't serve us ({code}): {words}")
    if code:
        raise FilterError(f"spamd: it says {code}: {words}")
    pairs = (line.partition(":") for line in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(body) < int(length[:_DIGITS]):
        raise FilterError("spamd: its answer was cut off")
    return Answer(headers, body)


def score(reply: Answer) -> Score:
    """What REPORT was answered. Raises FilterError: there is no score in it."""
    verdict = _VERDICT.fullmatch(reply.headers.get("spam", ""))
    try:
        if verdict is None:
            raise ValueError
        points, threshold = float(verdict["score"]), float(verdict["threshold"])
    except ValueError:
        raise FilterError("spamd: its answer has no score that can be read") from None
    report = reply.body.decode("utf-8", "replace").strip()[:MAX_REPORT_LENGTH]
    return Score(
        spam=verdict["word"].lower() in {"true", "yes"},
        score=points,
        threshold=threshold,
        symbols=_symbols(report),
        report=report,
    )


def learnt(reply: Answer) -> Learnt:
    """What TELL was answered: spamd names what it did, and nothing where it did nothing."""
    did = reply.headers.get("didset", "") + reply.headers.get("didremove", "")
    return Learnt.LEARNT if "local" in did else Learnt.NOTHING_NEW


def _symbols(report: str) -> tuple[Symbol, ...]:
    """The rules in the report's table; none where the administrator gave the report another form."""
    *_, table = _TABLE.split(report) if _TABLE.search(report) else [""]
    rows = list(_ROW.finditer(table))[:MAX_SYMBOLS]
    return tuple(Symbol(row["name"][:MAX_SYMBOL_LENGTH], float(row["score"])) for row in rows)
