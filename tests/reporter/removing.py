"""What the tests of removing what is old share: what is left, and a retention that has little time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count

from tests.reporter.caught import Place
from trapline.reporter import retention
from trapline.reporter.storage.store import Store

FOLDERS = ("new", "cur", "tmp", ".failed/new", ".failed/cur")


def from_today(place: Place) -> Place:
    """Files have the machine's times, so the clock begins there."""
    place.clock.now = datetime.now(UTC)
    return place


def files(place: Place) -> dict[str, int]:
    """How many files lie in each folder of the spool."""
    return {folder: number for folder in FOLDERS if (number := len(list((place.folder / "spool" / folder).glob("*"))))}


def rows(place: Place) -> dict[str, int]:
    tables = ("messages", "decisions", "submissions", "attempts", "lookups", "failed_files")
    return {table: place.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608 - our own names


@contextmanager
def in_steps(place: Place) -> Iterator[retention.Retention]:
    """A retention that has time for one step in a round."""
    place.said.clear()
    ticks = count()
    with closing(Store.open(place.url)) as store:
        yield retention.Retention(place.settings, store, lambda said: place.said.append(str(said)), lambda: next(ticks))
