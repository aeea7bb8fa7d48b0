"""What is at a path, also where this user may not look: pathlib's own questions raise PermissionError there.

A default file may be missing; one that is only out of reach is not, and an error.
"""

import stat
from pathlib import Path


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`. What is out of reach is not missing: opening it then says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`. What is out of reach is taken for a file: opening it then says why."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False
