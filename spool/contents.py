"""What is in a message's file: all of it, or so much of its beginning that nothing more would be looked at."""

from pathlib import Path

MAX_FILE_BYTES = 64 * 1024 * 1024  #: that are read; of a larger file the end is missing


def contents(path: Path) -> tuple[bytes, bool]:
    """What is in the file, and whether that is all. Raises OSError."""
    with path.open("rb") as file:
        raw = file.read(MAX_FILE_BYTES + 1)
    return raw[:MAX_FILE_BYTES], len(raw) <= MAX_FILE_BYTES
