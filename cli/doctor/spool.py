"""Is caught mail taken in, and how much lies there?"""

import time
from collections.abc import Iterator
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site
from trapline.cli.doctor.words import length, size
from trapline.spool.stock import Stock, stock

LATE_SECONDS = 600.0  #: that mail may wait: the reporter looks every few seconds
LOST_SECONDS = 6 * 3600.0  #: after which nobody looks at all

_START = (
    "is the reporter running? systemctl status trapline-reporter; journalctl -u trapline-reporter says what it does"
)


def check(site: Site) -> Iterator[Result]:
    """The spool, and the fallback Maildir; where one is missing `files.py` says so."""
    for name, path in (
        ("mail in the spool", site.settings.spool.directory),
        ("mail in the fallback", site.settings.traps.fallback),
    ):
        yield _look(name, path)


def _look(name: str, path: Path) -> Result:
    try:
        found = stock(path)
    except FileNotFoundError:
        return skipped(name, f"{path} does not exist")
    except PermissionError:
        return skipped(name, AS_ROOT)
    return judge(name, found, time.time())


def judge(name: str, found: Stock, now: float) -> Result:
    """What is to be said of a Maildir at `now` (seconds since 1970)."""
    waits = 0.0 if found.oldest is None else max(0.0, now - found.oldest)
    seen = f"{found.waiting} to take in, {found.kept} taken in, {size(found.size_bytes)}"
    if waits > LOST_SECONDS:
        return failed(
            name, f"{seen}; the oldest has waited for {length(waits)}: the reporter does not take it in", _START
        )
    if waits > LATE_SECONDS:
        return warning(name, f"{seen}; the oldest has waited for {length(waits)}", _START)
    if found.failed:
        return warning(
            name,
            f"{seen}; {found.failed} could not be handled",
            "`trapline retry` says why, `trapline retry --all` tries again",
        )
    return ok(name, seen)
