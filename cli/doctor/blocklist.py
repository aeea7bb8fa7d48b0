"""Can the milter's file of the local blocklist be read, and how old is it? It is written when something changed."""

import time
from collections.abc import Iterator
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.cli.doctor.words import length
from trapline.cli.output import counted
from trapline.config.blocklist_files import MILTER_FILE
from trapline.config.missing import is_missing
from trapline.dnsbl.blockfile import BlockfileError, read

NAME = "blocklist"

_WRITER = "systemctl restart trapline-reporter, which writes the file; `trapline blocklist list` shows who is listed"


def check(site: Site) -> Iterator[Result]:
    """One line."""
    blocklist = site.settings.blocklist
    path = blocklist.files.milter
    if site.no_milter is not None or not blocklist.enabled or path is None:
        yield skipped(NAME, "it is not used on this host")
    elif out_of_reach(path):
        yield skipped(NAME, AS_ROOT)
    else:
        try:
            found = read(path)
        except FileNotFoundError:
            yield _missing(path)
        except BlockfileError as error:
            yield failed(NAME, str(error), _WRITER)
        else:
            age = length(max(0.0, time.time() - found.written))
            ranges = counted(len(found), "range", "ranges")
            yield ok(NAME, f"{ranges} in {path}; it last changed {age} ago")


def _missing(path: Path) -> Result:
    """Where the reporter was never started it is no fault: the file that install writes names the default path, too."""
    if path != MILTER_FILE:
        return failed(NAME, f"there is no {path}: nobody is listed", _WRITER)
    if is_missing(path.parent):
        return skipped(NAME, f"there is no {path}: nobody is listed")
    return warning(
        NAME, f"there is no {path} yet: nobody is listed", "systemctl start trapline-reporter, which writes it"
    )
