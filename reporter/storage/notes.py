"""Notes in the store: single values that outlive a restart, each a text under a name of its writer's (table `meta`).

Each function is one step inside a transaction of the store, in which nobody else writes.
"""

import sqlalchemy as sa

from trapline.reporter.storage.schema import meta


def read(db: sa.Connection, name: str) -> str | None:
    """What is noted under `name`; None where nothing is."""
    return db.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar()


def write(db: sa.Connection, name: str, value: str) -> None:
    """Note `value` under `name`, instead of what was there."""
    if not db.execute(meta.update().where(meta.c.name == name).values(value=value)).rowcount:
        db.execute(meta.insert().values(name=name, value=value))


def remove(db: sa.Connection, name: str) -> bool:
    """Whether there was a note of that name; now there is none."""
    return bool(db.execute(meta.delete().where(meta.c.name == name)).rowcount)
