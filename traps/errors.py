"""The errors of trap files."""

from pathlib import Path

from trapline.config.errors import ConfigError


class TrapFileError(ConfigError):
    """A trap file can't be used. The line itself is left out of the message: it may hold a trap."""

    def __init__(self, path: Path, line: int | None, why: str) -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {why}")
