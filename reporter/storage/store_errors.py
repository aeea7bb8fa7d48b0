"""What can go wrong with the store, each by whose turn it is. Raised by store.py and the two kinds of database."""

from trapline.config.errors import ConfigError, TraplineError


class StoreError(TraplineError):
    """The database failed in the middle of work: a full disk, a lock that is never given up, a damaged file."""


class StoreUnavailableError(StoreError):
    """The database can't be used just now: its server is away, its file locked, its disk full. Ours to try again."""


class StoreSetupError(ConfigError):
    """The database can't be opened as it is configured."""


class StoreBusyError(TraplineError):
    """Another reporter works with this store."""
