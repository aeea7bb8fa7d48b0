"""Where the daemons' log goes: standard error, or the journal's own socket where standard error is the journal.

The journal keeps time and priority itself, and takes the facts of an event as fields; elsewhere an event is a line with
its time.
"""

import logging
import os
import sys
from collections.abc import Mapping


def to_standard_error() -> None:
    """Send all logging of this process to where its standard error goes."""
    logging.basicConfig(level=logging.INFO, handlers=[_handler(os.environ)], force=True)


def _handler(environ: Mapping[str, str]) -> logging.Handler:
    if _is_journal(environ):
        from trapline.cli.journal import JournalHandler

        return JournalHandler(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


def _is_journal(environ: Mapping[str, str]) -> bool:
    """Whether standard error is the journal: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
