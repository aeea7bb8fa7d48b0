"""The errors of lookups."""

from trapline.config.errors import TraplineError


class LookupFailed(TraplineError):
    """A zone could not be asked. The message never holds the name that was asked, since the DQS key is in it."""
