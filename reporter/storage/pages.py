"""Long lists out of the store, read page by page: a million rows take little memory, and whoever reads the list in a
pager holds nothing up, as each page is a transaction of its own.

A row is as it is when its page is read, not as it was when the list began; what is gone by then is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from trapline.reporter.storage.store import Store

PAGE = 500  #: rows that are read, and kept, at once

Key = TypeVar("Key")
Row = TypeVar("Row")


def by_key(
    store: Store, keys: Sequence[Key], read: Callable[[sa.Connection, Sequence[Key]], Iterable[Row]]
) -> Iterator[Row]:
    """The rows of `keys`; `read` gives those of one page, in the order of its keys."""
    for start in range(0, len(keys), PAGE):
        with store.reading() as db:
            page = list(read(db, keys[start : start + PAGE]))
        yield from page


def in_order(store: Store, query: sa.Select[Any], key: sa.Column[Any]) -> Iterator[sa.Row[Any]]:
    """The rows of `query` in the order of `key`, one of its columns: unique, and indexed."""
    ordered = query.order_by(key).limit(PAGE)
    rest = ordered
    while True:
        with store.reading() as db:
            page = db.execute(rest).all()
        yield from page
        if len(page) < PAGE:
            return
        rest = ordered.where(key > getattr(page[-1], key.name))
