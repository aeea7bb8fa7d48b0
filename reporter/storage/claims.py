"""What one reporter is working on, so that the others that share its store leave it alone.

A claim outlives the transaction that took it, and ends when it is given up or with the connection that took it: a
reporter that is killed gives it up at that moment, one whose machine is gone once the server notices (postgresql.py).
By a column with a time in it, a claim could only be known to be dead once the longest answer of the portal must have
come. On SQLite there are no others (Store.claim).
Source: postgresql.org/docs/current: explicit-locking (session-level advisory locks), view-pg-locks (how a lock with two
keys stands there: classid, objid, and objsubid 2).
"""

from zlib import crc32

import sqlalchemy as sa

# The first key: ours, so that no other program's locks are meant.
_SINGLE, _SENDING, _TEACHING = 0x74726170, 0x7472706C, 0x74727465

Claim = tuple[int, int]

WRITERS: Claim = (_SINGLE, 0)  #: for the length of a transaction: postgresql.py
REVIEW: Claim = (_SINGLE, 1)  #: reading the portal's list of submissions


def sending(submission_id: int) -> Claim:
    """The claim of the one who sends this submission."""
    return (_SENDING, submission_id)


def teaching(host: str) -> Claim:
    """The claim of the one who teaches the filter of this host."""
    return (_TEACHING, crc32(host.encode("utf-8", "surrogateescape")) & 0x7FFFFFFF)


_LOCKS = (
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_TAKE = sa.text(
    f"SELECT CASE WHEN EXISTS ({_LOCKS} AND classid = :kind AND objid = :number AND pid = pg_backend_pid())"
    " THEN true ELSE pg_try_advisory_lock(:kind, :number) END"
)
_GIVE_UP = sa.text("SELECT pg_advisory_unlock(:kind, :number)")
_NOBODY_ELSES = sa.text(
    f"NOT EXISTS ({_LOCKS} AND classid = {_SENDING} AND objid = submissions.id::oid AND pid <> pg_backend_pid())"
)


def take(db: sa.Connection, claim: Claim) -> bool:
    """Claim it, or keep it where it is ours already. False: somebody else has it."""
    return _is_sqlite(db) or bool(db.execute(_TAKE, _keys(claim)).scalar_one())


def give_up(db: sa.Connection, claim: Claim) -> None:
    """It is done."""
    if not _is_sqlite(db):
        db.execute(_GIVE_UP, _keys(claim))


def nobody_elses(db: sa.Connection) -> sa.ColumnElement[bool]:
    """The condition, in a statement on `submissions`, that nobody but us may be sending this one."""
    return sa.true() if _is_sqlite(db) else sa.type_coerce(_NOBODY_ELSES, sa.Boolean)


def _is_sqlite(db: sa.Connection) -> bool:
    return db.dialect.name == "sqlite"


def _keys(claim: Claim) -> dict[str, int]:
    return {"kind": claim[0], "number": claim[1]}
