"""A clock of the day that jumps under processes that run (clock.c); Linux has namespaces for other clocks only."""

import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers.processes import program

SOURCE = Path(__file__).with_name("clock.c")


class WrongClock:
    """The clock of whoever is started with `environ`: right until it is `set`."""

    def __init__(self, folder: Path) -> None:
        self._file, library = folder / "clock", folder / "clock.so"
        self.set(0)
        build = [program("gcc"), "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
        subprocess.run(build, check=True)
        self.environ: Mapping[str, str] = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Have it be off by so much, from now on."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))
