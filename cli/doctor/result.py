"""What a check of `trapline doctor` comes to. Nothing secret stands in it: neither a key nor a trap."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the doctor's table."""

    name: str  #: of what was looked at
    state: State
    seen: str  #: what was seen; of what was skipped: why
    hint: str = ""  #: the command or setting that mends it


def ok(name: str, seen: str) -> Result:
    """It is as it should be."""
    return Result(name, "ok", seen)


def warning(name: str, seen: str, hint: str) -> Result:
    """It works, and something should be done all the same, or looked at."""
    return Result(name, "warning", seen, hint)


def failed(name: str, seen: str, hint: str) -> Result:
    """It does not work."""
    return Result(name, "failed", seen, hint)


def skipped(name: str, why: str) -> Result:
    """It could not be looked at, or there is nothing to look at: that says nothing about it."""
    return Result(name, "skipped", why)


def from_error(name: str, error: Exception, hint: str) -> Result:
    """A failure whose own text may end in what to do, after a full stop; else `hint` says it."""
    seen, _, advice = str(error).partition(". ")
    return failed(name, seen, advice or hint)
