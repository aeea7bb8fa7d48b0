"""Can the trap files be read, and is there a trap in them? Who may read them is `files.py`'s subject."""

from collections.abc import Iterator

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.cli.output import counted
from trapline.config.errors import TraplineError
from trapline.config.missing import is_missing
from trapline.traps.file import read
from trapline.traps.overview import misspelt_kinds
from trapline.traps.watch import TrapFiles

NAME = "traps"


def check(site: Site) -> Iterator[Result]:
    """One line for all files."""
    traps = site.settings.traps
    if any(out_of_reach(file) for file in traps.files):
        yield skipped(NAME, AS_ROOT)
        return
    try:
        count = len(TrapFiles(traps, needed=False).current)
        doubts = misspelt_kinds(entry for file in traps.files if not is_missing(file) for entry in read(file))
    except TraplineError as error:
        yield failed(NAME, str(error), "correct that, then: trapline traps check")
        return
    if doubts:
        yield warning(NAME, "; ".join(doubts), "correct the last word of its line, then: trapline traps check")
    elif count:
        yield ok(NAME, f"{counted(count, 'line', 'lines')} in {', '.join(map(str, traps.files))}")
    else:
        yield warning(
            NAME,
            "there are none: nothing is caught",
            "trapline traps generate DOMAIN --label 'where it is planted' --add",
        )
