"""Metrics as the milter's processes need them: who counts, and who serves the numbers.

Where metrics are off, nothing is counted or served and nothing of the library is imported: it costs memory and time at
the start. Where they are on, `shared.py` and `scrapes.py` do the work.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from trapline.config.errors import ConfigError
from trapline.config.settings import Milter
from trapline.milter.metrics import Metrics

_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the library asks the environment: when imported, when it opens a file


class Exporter:
    """Off: nothing is counted and nothing served. The base of those that are on."""

    on = False
    metrics = Metrics()

    def become_worker(self, place: int) -> None:
        """Count as the worker at `place`, from 0; to be called first after the fork."""

    def start(self) -> None:
        """Serve, in this process, on a thread; to be called after all its forks."""

    def clean_up(self) -> None:
        """Remove what the parent would have removed, had it not been killed."""


@contextmanager
def open_exporter(settings: Milter, zones: Iterable[str]) -> Iterator[Exporter]:
    """The exporter that `settings` ask for; its port is open from now on.

    Raises ConfigError: the port can't be had.
    """
    if settings.metrics is None:
        yield Exporter()
        return
    with _folder(settings.workers) as folder:
        from trapline.milter import shared  # noqa: PLC0415  the library is imported where it is used, and not before

        with shared.opened(settings.metrics, zones, folder) as exporter:
            yield exporter


@contextmanager
def _folder(workers: int) -> Iterator[Path | None]:
    """Where several workers keep their numbers; private, and removed at the end. None for one process."""
    os.environ.pop(_FOLDER_VARIABLE, None)
    if workers == 1:
        yield None
        return
    try:
        made = TemporaryDirectory(prefix="trapline-metrics-", dir=_in_memory())
    except OSError as error:
        raise ConfigError(
            f"milter.metrics: no folder for the workers' numbers: {error.strerror} ({error.filename}). "
            "Make room there, or turn metrics off"
        ) from None
    with made as folder:
        os.environ[_FOLDER_VARIABLE] = folder
        yield Path(folder)


def _in_memory() -> Path | None:
    """A folder that is no disk: a file that is mapped into memory kills who writes to it where the disk is full."""
    shared_memory = Path("/dev/shm")  # noqa: S108  the folder in it is private
    return shared_memory if shared_memory.is_dir() else None
