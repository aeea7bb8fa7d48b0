"""The reporter's store, for a command that looks at it or changes it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from trapline.config.secrets import store_url
from trapline.config.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trapline.reporter.storage.store import Store


@contextmanager
def existing_store(configured: Settings) -> "Iterator[Store | None]":
    """The open store; None where the reporter has made none yet: made here, it would belong to the wrong user.

    Raises TraplineError: it can't be opened.
    """
    from trapline.reporter.storage.store import Store

    url = store_url(configured)
    if not Store.exists(url):
        yield None
        return
    with closing(Store.open(url)) as store:
        yield store


@contextmanager
def reading(configured: Settings) -> "Iterator[sa.Connection | None]":
    """A transaction that reads the store; None where the reporter has made none yet.

    Raises TraplineError: it can't be opened, or fails.
    """
    with existing_store(configured) as store:
        if store is None:
            yield None
            return
        with store.reading() as db:
            yield db


@contextmanager
def writing(configured: Settings) -> "Iterator[sa.Connection]":
    """A transaction that writes to the store, which is made where there is none.

    Raises TraplineError: it can't be opened, or fails; nothing of the block was kept then.
    """
    from trapline.reporter.storage.store import Store

    with closing(Store.open(store_url(configured))) as store, store.writing() as db:
        yield db
