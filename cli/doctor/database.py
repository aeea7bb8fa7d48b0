"""Can the reporter's database be used, and has it the tables that this version needs?"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trapline.cli.doctor.result import Result, failed, from_error, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.config.errors import ConfigError, TraplineError
from trapline.config.missing import is_missing
from trapline.config.secrets import store_url

if TYPE_CHECKING:
    from trapline.reporter.storage.inspection import Tables

NAME = "database"

_LOOK = "is the database there, and may the reporter use it? journalctl -u trapline-reporter says more"
_SQLITE_DAMAGE = ("is malformed", "is not a database")  # sqlite.org/rescode.html: SQLITE_CORRUPT, SQLITE_NOTADB
_DAMAGED = (
    "restore it from a backup; or: systemctl stop trapline-reporter, move it away with its -wal and -shm files, and "
    "systemctl start trapline-reporter, which makes a new one (what it knew of reports, hits and listings is lost)"
)
_RESTART = "systemctl restart trapline-reporter, which brings the tables up to date"


def check(site: Site) -> Iterator[Result]:
    """One line."""
    try:
        url = store_url(site.settings)
    except ConfigError:
        yield skipped(NAME, "its URL can't be read: see store.url")
        return
    yield _look(url)


def _look(url: str) -> Result:
    from trapline.reporter.storage.inspection import inspect, sqlite_file

    try:
        file = sqlite_file(url)
        if file is not None and any(out_of_reach(Path(f"{file}{end}")) for end in ("", "-wal", "-shm")):
            return skipped(NAME, AS_ROOT)
        if file is not None and is_missing(file):
            return warning(
                NAME,
                f"there is no {file} yet: the reporter makes it when it starts",
                "systemctl start trapline-reporter",
            )
        return judge(inspect(url, time.sleep))
    except ConfigError as error:
        return from_error(NAME, error, _LOOK)
    except TraplineError as error:
        seen = str(error).removesuffix("Nothing of this step was kept").strip()
        return failed(NAME, seen, _DAMAGED if any(one in seen for one in _SQLITE_DAMAGE) else _LOOK)


def judge(tables: "Tables") -> Result:
    """What is to be said of the tables."""
    if not tables.known:
        seen = f"its tables were made by a newer trapline ({tables.version})"
        return failed(NAME, seen, "install the version of trapline that made them, or a newer one")
    if tables.holder is not None:
        seen = f"process {tables.holder} keeps it locked, and all others wait"
        hint = (
            f"find out what it is: ps -p {tables.holder} -o args (the reporter itself locks it for milliseconds only)"
        )
        return failed(NAME, seen, hint)
    if tables.version is None:
        return warning(
            NAME, "there are no tables yet: the reporter makes them when it starts", "systemctl start trapline-reporter"
        )
    if not tables.current:
        return warning(NAME, f"its tables are of version {tables.version}, not yet {tables.head}", _RESTART)
    return ok(NAME, f"it can be read, and its tables are up to date ({tables.head})")
