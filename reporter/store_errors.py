"""What can go wrong with the store, each by whose turn it is. Raised by store.py and the two kinds of database."""

from trapline.config.errors import ConfigError, TraplineError


class StoreError(TraplineError):
    """The database failed in the middle of work: a full disk, a lock that is never given up, a damaged file."""


class StoreUnavailableError(StoreError):
    """The database's server can't be reached, or sent us away. Ours to try again: it may be back in a moment."""


class StoreSetupError(ConfigError):
    """The database can't be opened as it is configured."""


class StoreBusyError(TraplineError):
    """Another reporter works with this store."""
