"""What a private server is, whichever: a folder of its own below /tmp, and running while a `with` block does."""

import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self


class PrivateServer(ABC):
    """A server for the tests alone. `folder` is there from entering the block to leaving it."""

    name: ClassVar[str]  # in the folder's name: what was left behind, should a test machine be switched off
    folder: Path

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=f"trapline-{self.name}-", dir="/tmp"))
        self.folder.chmod(0o711)  # the user that the server runs as must get through
        try:
            self._lay_out()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and remove the folder."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def _lay_out(self) -> None:
        """Put into the folder what the server needs from the beginning."""

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it; nothing where it does not run."""
