"""Metrics as the milter's processes need them: who counts, and who serves the numbers.

Where metrics are off, nothing is counted or served and nothing of the library is imported: it costs memory and time at
the start. Where they are on, `shared.py` and `scrapes.py` do the work.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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


@contextmanager
def open_exporter(settings: Milter, zones: Iterable[str]) -> Iterator[Exporter]:
    """The exporter that `settings` ask for; its port is open from now on.

    Raises ConfigError: the port can't be had.
    """
    if settings.metrics is None:
        yield Exporter()
        return
    with TemporaryDirectory(prefix="trapline-metrics-") as folder:  # 0700, and gone when the milter has stopped
        os.environ.pop(_FOLDER_VARIABLE, None)
        if settings.workers > 1:
            os.environ[_FOLDER_VARIABLE] = folder
        from trapline.milter import shared  # noqa: PLC0415  the library is imported where it is used, and not before

        several = Path(folder) if settings.workers > 1 else None
        with shared.opened(settings.metrics, zones, several) as exporter:
            yield exporter
