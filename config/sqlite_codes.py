"""What an error of SQLite means, by its code. Source: sqlite.org/rescode.html."""

import sqlite3

CLOSED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})  #: it can't be opened, or only be read
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})  #: the file is damaged, or none of SQLite's


def primary_code(error: object) -> int:
    """The error's code without what extends it; SQLITE_OK where it has none."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)) & 0xFF
