"""What `trapline status` looks at: the folders of caught mail, the store, and what can be seen of key and token."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trapline.config.errors import ConfigError
from trapline.config.missing import is_missing
from trapline.config.secrets import dqs_key, spamhaus_token, store_url
from trapline.config.settings import Settings
from trapline.spool.maildir import FAILED, Maildir, SpoolError

if TYPE_CHECKING:
    from trapline.reporter.overview.latest import Latest
    from trapline.reporter.overview.standing import Standing


@dataclass(frozen=True, slots=True)
class Folder:
    """One Maildir of caught mail. The counts are None where the folder can't be read."""

    name: str
    path: str
    waiting: int | None = None  #: to be taken in
    waiting_seconds: float | None = None  #: how long the oldest of these has waited; None where there is none
    kept: int | None = None  #: taken in
    failed: int | None = None  #: could not be read
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look gave."""

    at: datetime
    folders: tuple[Folder, ...]
    standing: "Standing | None"  #: None: there is no store yet
    latest: "tuple[Latest, ...]" = ()  #: the messages that came last; only for who watches


@contextmanager
def looking(configured: Settings, latest_messages: int) -> Iterator[Callable[[], Look]]:
    """Gives a function that looks; the store is opened once, as soon as there is one."""
    from trapline.reporter.overview.latest import latest
    from trapline.reporter.overview.standing import standing
    from trapline.reporter.storage.store import Store

    url = store_url(configured)
    with ExitStack() as stack:
        opened: Store | None = None

        def look() -> Look:
            nonlocal opened
            now, folders = datetime.now(UTC), tuple(_folders(configured))
            if opened is None and Store.exists(url):
                opened = stack.enter_context(closing(Store.open(url)))
            if opened is None:
                return Look(now, folders, None)
            with opened.reading() as db:
                return Look(now, folders, standing(db, now), latest(db, latest_messages) if latest_messages else ())

        yield look


def _folders(configured: Settings) -> list[Folder]:
    spool, fallback = configured.spool.directory, configured.traps.fallback
    found = [_folder("spool", spool)]
    if "fallback" in configured.traps.model_fields_set or not is_missing(fallback):
        found.append(_folder("fallback", fallback))
    return found


def _folder(name: str, path: Path) -> Folder:
    try:
        maildir = Maildir(path)
        new = list(maildir.new())
        failed = sum(1 for _ in maildir.failed.new()) if (path / FAILED).is_dir() else 0
        return Folder(name, str(path), len(new), _oldest(new), sum(1 for _ in maildir.cur()), failed)
    except SpoolError as error:
        return Folder(name, str(path), problem=str(error))
    except OSError as error:
        return Folder(name, str(path), problem=f"{path}: {error.strerror}")


def _oldest(new: list[Path]) -> float | None:
    """How many seconds ago the first of the messages came there (ctime): what is tried again waits anew."""
    came = [at for path in new if (at := _came(path)) is not None]
    return max(0.0, time.time() - min(came)) if came else None


def _came(path: Path) -> float | None:
    try:
        return path.stat().st_ctime
    except FileNotFoundError:  # it was taken meanwhile
        return None


def why_nothing_is_submitted(configured: Settings) -> str | None:
    """None: things are, as far as can be seen from here."""
    if configured.spamhaus.dry_run:
        return "spamhaus.dry_run is set"
    try:
        if spamhaus_token(configured) is None:
            return f"there is no token ({configured.spamhaus.token_file})"
    except ConfigError:
        pass  # the token is the reporter's; who else asks need not be able to read it
    return None


def why_no_lookups(configured: Settings) -> str | None:
    """None: they are made, as far as can be seen from here (another user may read the key)."""
    if not configured.reporter.follow_listings:
        return "reporter.follow_listings is off"
    try:
        return None if dqs_key(configured) is not None else f"there is no DQS key ({configured.dqs.key_file})"
    except ConfigError as error:
        return str(error)
