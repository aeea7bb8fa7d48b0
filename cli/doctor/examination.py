"""Doing all checks of `trapline doctor` side by side, each in a thread of its own, all of them within a time.

A check that never ends (a file system that is away) or that meets a defect of ours is a line of its own, and the others
stand.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread

from trapline.cli.doctor.result import Result, failed
from trapline.cli.doctor.site import Site

SECONDS = 25.0  #: for all of them

Run = Callable[[Site], Iterable[Result]]


@dataclass(frozen=True, slots=True)
class Check:
    """One subject: to add another, write such a function and name it in `checks.py`."""

    name: str
    run: Run


def examine(checks: tuple[Check, ...], site: Site, seconds: float = SECONDS) -> tuple[Result, ...]:
    """The results of all `checks`, in their order."""
    ended: Queue[tuple[int, tuple[Result, ...]]] = Queue()
    for place, check in enumerate(checks):
        Thread(target=_run, args=(place, check, site, ended), daemon=True).start()
    deadline = time.monotonic() + seconds
    found: dict[int, tuple[Result, ...]] = {}
    while len(found) < len(checks):
        try:
            place, results = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        found[place] = results
    return tuple(one for place, check in enumerate(checks) for one in found.get(place, _endless(check, seconds)))


def _run(place: int, check: Check, site: Site, ended: Queue[tuple[int, tuple[Result, ...]]]) -> None:
    try:
        results = tuple(check.run(site))
    except Exception as error:  # noqa: BLE001  a defect in one check must not hide what the others found
        what = f"this check itself failed: {type(error).__name__}"  # its text may hold anything
        results = (
            failed(check.name, what, "a bug in trapline: please report it, with what `trapline --version` prints"),
        )
    ended.put((place, results))


def _endless(check: Check, seconds: float) -> tuple[Result, ...]:
    hint = "does a network file system hang (NFS), or a server that accepts connections and never answers?"
    return (failed(check.name, f"this check did not end within {seconds:g} s", hint),)
