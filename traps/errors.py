"""The errors of trap files, and of what is to be written into one."""

from pathlib import Path
from typing import ClassVar

from trapline.config.errors import ConfigError, TraplineError


class TrapFileError(ConfigError):
    """A trap file can't be used. The line itself is left out of the message: it may hold a trap."""

    def __init__(self, path: Path, line: int | None, why: str) -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {why}")
        self.why = why


class BadTrap(TraplineError):
    """What should become a line of a trap file can't be one. The address is left out of the message."""

    exit_code: ClassVar[int] = 2


class NoTrapMade(TraplineError):
    """Nothing was added to the trap file: the trap is there already, or no unused address was found."""
