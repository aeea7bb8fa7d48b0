"""The exporters that are on: of one process, and of several workers whose numbers are added up.

One process counts, and serves on a thread of its own. Of several workers each keeps its numbers in files of a private
folder, and one more process adds them up and serves them, so that the parent stays without threads and may fork. A
worker that replaces a dead one goes on in its files: no count goes back, and there are never more files than workers.
Source: prometheus.github.io/client_python/multiprocess.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, multiprocess, values

from trapline.config.values import LoopbackListen
from trapline.milter.exporter import Exporter
from trapline.milter.prometheus import PrometheusMetrics
from trapline.milter.scrapes import ScrapeServer

_PARENT = "parent"  # counts nothing; its files show every series from the start


class _Alone(Exporter):
    """Of one process."""

    on = True

    def __init__(self, server: ScrapeServer, zones: Iterable[str]) -> None:
        self._server = server
        self.metrics = PrometheusMetrics(zones, server.registry)

    def start(self) -> None:
        """Serve, in this process, on a thread."""
        self._server.start()


class _Together(Exporter):
    """Of several workers, whose files are in `folder`."""

    on = True

    def __init__(self, server: ScrapeServer, zones: Iterable[str], folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._place: int | str = _PARENT
        values.ValueClass = values.MultiProcessValue(lambda: self._place)  # type: ignore[no-untyped-call]
        multiprocess.MultiProcessCollector(server.registry, str(folder))  # type: ignore[no-untyped-call]
        self.metrics = PrometheusMetrics(zones, None)

    def become_worker(self, place: int) -> None:
        """Count in the files of `place`. The port is not this process's; the levels of a dead predecessor go."""
        self._server.server_close()
        multiprocess.mark_process_dead(place, str(self._folder))  # type: ignore[no-untyped-call]
        self._begin_files(place)
        self._place = place

    def start(self) -> None:
        """Serve, in this process, on a thread."""
        self._server.start()

    def clean_up(self) -> None:
        """Remove the files, which the parent can't any more."""
        shutil.rmtree(self._folder)

    def _begin_files(self, place: int) -> None:
        """Start the files of `place` as copies of the parent's, all zero, where they are not there.

        The library would make empty ones, and who reads them at that moment fails.
        """
        for source in self._folder.glob(f"*_{_PARENT}.db"):
            target = source.with_name(source.name.replace(_PARENT, str(place)))
            if not target.exists():
                shutil.copyfile(source, target.with_suffix(".new")).rename(target)


@contextmanager
def opened(listen: LoopbackListen, zones: Iterable[str], folder: Path | None) -> Iterator[Exporter]:
    """The exporter of one process, or of several whose files are in `folder`.

    Raises ConfigError: the port can't be had.
    """
    server = ScrapeServer(listen, CollectorRegistry())
    try:
        yield _Alone(server, zones) if folder is None else _Together(server, zones, folder)
    finally:
        server.close()
