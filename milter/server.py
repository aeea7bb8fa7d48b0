"""The milter as a process: start, reload, stop, and several processes behind one socket where configured.

libmilter swallows the usual signals and would never let a Python handler run on its thread, so it gets a thread of its
own and the main thread waits for signals. SIGHUP reads the traps again and tests the zones, SIGTERM and SIGINT end it.

One moment is left in which libmilter can be the faster: before it has "started", and when the process was suspended
(SIGSTOP). It ends then, within five seconds, whichever signal it was, and does not say which: so we end with 1, and a
restart does what SIGHUP would have done.
"""

import gc
import logging
import os
import resource
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial

import milter

from trapline.config.events import Event, trace
from trapline.config.settings import Settings
from trapline.dnsbl.zones import Zone
from trapline.milter import listening, stacks
from trapline.milter.beats import Beats
from trapline.milter.daemon import Daemon
from trapline.milter.exporter import Exporter, open_exporter
from trapline.milter.oversight import OfMilter, OfWorker, Oversight
from trapline.milter.service import Service
from trapline.milter.signals import Told, signals, wait_for_libmilter
from trapline.milter.watch import Watch
from trapline.milter.workers import Workers
from trapline.spool.maildir import Maildir
from trapline.systemd.notify import Manager
from trapline.traps.watch import TrapFiles

STOP_SECONDS = 5.0  #: how long messages under way may go on after SIGTERM
WANTED_FILES = 8192  #: open at once: one for each session, one for each lookup under way

_GARBAGE_THRESHOLDS = (10_000, 20, 50)  # objects, then collections, between looks for cycles (Python: 700, 10, 10)

_log = logging.getLogger(__name__)


def serve(settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir, manager: Manager) -> int:
    """Listen until a signal ends it, and tell `manager` how it goes; returns the exit code.

    Raises ConfigError: the socket can't be opened, or the port of the metrics.
    """
    _allow_files()
    with open_exporter(settings.milter, zones) as exporter:  # first: a milter that can't start takes no socket
        return _serve(Service(settings, zones, traps, spool, exporter.metrics), exporter, manager)


def _allow_files() -> None:
    """Raise a shell's 1,024 open files, too few for 500 sessions and their lookups. The unit's own limit is higher:
    there nothing is to be changed, and its filter of system calls would not let us.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _serve(service: Service, exporter: Exporter, manager: Manager) -> int:
    settings = service.settings
    daemon = Daemon(service.converse, service.metrics, tags=settings.dqs.tags)
    daemon.register()
    watch = Watch(service.engine, settings.dqs)
    with signals() as told:  # before the socket is there: whoever sees it may send one
        service.remove_socket = listening.open_socket(settings.milter)
        try:
            if settings.milter.workers > 1:
                beats = Beats(settings.milter.workers)
                jobs = _jobs(service, daemon, exporter, beats)
                return _serve_by_workers(service, jobs, told, OfMilter(service, watch, manager, beats))
            service.keep_to_processor()
            exporter.start()
            return _work(service, daemon, told, OfMilter(service, watch, manager))
        finally:
            watch.close()
            service.remove_socket()


def _serve_by_workers(service: Service, jobs: list[Callable[[], int]], told: Told, oversight: Oversight) -> int:
    """Have others serve; this process tests the zones for all of them, and knows the traps for who replaces one."""

    def meanwhile(reload: bool) -> None:  # noqa: FBT001  the only thing it is told
        service.engine.sweep()
        if told.stop:
            oversight.stopping()
            service.remove_socket()
            return
        if reload:
            oversight.reloading()
        service.refresh(force=reload)
        oversight.turned()

    return Workers(jobs).run(told, meanwhile)


def _jobs(service: Service, daemon: Daemon, exporter: Exporter, beats: Beats) -> list[Callable[[], int]]:
    """What each of several processes does: the workers, and one that serves the metrics where they are on."""
    parent = os.getpid()
    places = range(service.settings.milter.workers)
    workers = [
        partial(_work_below, parent, service, daemon, exporter, OfWorker(beats, place), place) for place in places
    ]
    return [*workers, partial(_export_below, parent, exporter)] if exporter.on else [*workers]


def _work_below(
    parent: int, service: Service, daemon: Daemon, exporter: Exporter, oversight: Oversight, place: int
) -> int:
    """The work of one of several processes."""
    with signals(parent) as told:
        exporter.become_worker(place)
        service.become_worker(place)
        service.remove_socket = partial(_remove_as_orphan, parent, service.remove_socket)
        return _work(service, daemon, told, oversight)


def _remove_as_orphan(parent: int, remove: Callable[[], None]) -> None:
    """A worker's part in removing the socket: none while its parent lives, since the other workers go on accepting."""
    if os.getppid() != parent:
        remove()


def _export_below(parent: int, exporter: Exporter) -> int:
    """Serve the metrics of all workers, in a process of its own."""
    with signals(parent) as told:
        exporter.start()
        while not told.stop:
            told.wait()
    if os.getppid() != parent:
        exporter.clean_up()
    return 0


def _work(service: Service, daemon: Daemon, told: Told, oversight: Oversight) -> int:
    """Serve the open socket in this process."""
    listener = threading.Thread(target=_listen, name="libmilter", daemon=True)
    with closing(service.engine), closing(service.blocklist):
        service.blocklist.start()
        service.publish(daemon.sessions)
        # What is there now stays, and sessions leave no cycles: there is little for the garbage collector to find.
        gc.freeze()
        gc.set_threshold(*_GARBAGE_THRESHOLDS)
        stacks.shrink()
        listener.start()
        wait_for_libmilter()
        _log.info(service.started())
        while listener.is_alive() and not told.stop:
            told.wait()
            service.engine.sweep()
            if reload := told.take_reload():
                oversight.reloading()
            service.refresh(force=reload)
            oversight.turned()
            service.publish(daemon.sessions)
        if not told.stop:
            sentence = "libmilter ended by itself: by an error, or by a signal that it was given in the milter's place"
            _log.error(Event("failed", text=sentence))
            return 1
        oversight.stopping()
        _finish(service, daemon)
    service.publish(daemon.sessions)
    _log.info(Event("stopped", text="milter stopped"))
    return 0


def _finish(service: Service, daemon: Daemon) -> None:
    """Let the messages under way come to their end.

    libmilter's own stop takes seconds and leaves open sessions unanswered, so it is not told: new clients find no
    socket, and the process ends once no message is under way.
    """
    service.remove_socket()
    if not daemon.wait_until_idle(STOP_SECONDS):
        _log.warning(Event("cut short", text="milter stops while a message is under way: Postfix goes on without it"))


def _listen() -> None:
    try:
        milter.main()
    except milter.error as error:
        _log.error(Event("failed", text="libmilter ended with an error", trace=trace(error)))
