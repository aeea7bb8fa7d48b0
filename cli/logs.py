"""Where the daemons' log goes: standard error, which systemd hands to the journal.

The journal keeps time and priority itself (sd-daemon(3): a line may begin with its priority in angle brackets);
elsewhere each line has its time.
"""

import logging
import os
import sys
from collections.abc import Mapping

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _JournalFormatter(logging.Formatter):
    """Each line with its priority, so that `journalctl -p warning` works."""

    def format(self, record: logging.LogRecord) -> str:
        priority = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(priority + line for line in super().format(record).splitlines())


def to_standard_error() -> None:
    """Send all logging of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    if _is_journal(os.environ):
        handler.setFormatter(_JournalFormatter("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _is_journal(environ: Mapping[str, str]) -> bool:
    """Whether standard error is the journal: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
