"""Is there room where mail and history are kept?"""

import os
from collections.abc import Iterator
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site
from trapline.cli.doctor.words import size
from trapline.config.errors import ConfigError
from trapline.config.secrets import store_url

NAME = "disk"
LITTLE_BYTES, TOO_LITTLE_BYTES = 1_000_000_000, 100_000_000
LITTLE_INODES, TOO_LITTLE_INODES = 0.05, 0.01  #: shares


def check(site: Site) -> Iterator[Result]:
    """A line for each file system, and for each folder that this user may not see."""
    found = tuple(_look(site))
    yield from found or [skipped(NAME, "neither spool, store nor fallback exists")]


def _look(site: Site) -> Iterator[Result]:
    seen: set[int] = set()
    for path in (site.settings.spool.directory, *_store(site), site.settings.traps.fallback):
        try:
            device = path.stat().st_dev
            if device in seen:
                continue
            seen.add(device)
            yield judge(path, os.statvfs(path))
        except FileNotFoundError:
            continue
        except PermissionError:
            yield skipped(f"{NAME} of {path}", AS_ROOT)


def _store(site: Site) -> Iterator[Path]:
    from trapline.reporter.storage.inspection import sqlite_file

    try:
        file = sqlite_file(store_url(site.settings))
    except ConfigError:
        return
    if file is not None:
        yield file.parent


def judge(path: Path, found: os.statvfs_result) -> Result:
    """What is to be said of the file system that `path` is on. Some have no fixed number of inodes."""
    name = f"{NAME} of {path}"
    free = found.f_bavail * found.f_frsize
    inodes = found.f_favail / found.f_files if found.f_files else 1.0
    seen = f"{size(free)} free" + (f", {inodes:.0%} of the inodes" if found.f_files else "")
    hint = f"free space on the file system of {path}; spool.keep_days and store.keep_days limit what is kept"
    if free < TOO_LITTLE_BYTES or inodes < TOO_LITTLE_INODES:
        return failed(name, f"only {seen}: soon nothing can be caught any more", hint)
    if free < LITTLE_BYTES or inodes < LITTLE_INODES:
        return warning(name, f"only {seen}", hint)
    return ok(name, seen)
