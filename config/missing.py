"""Whether a file is missing, which a default one may be, or only out of this user's reach."""

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
