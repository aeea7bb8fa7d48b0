"""The errors that every room shares: one base whose message is meant for the user, and the configuration's own."""

from typing import ClassVar


class TraplineError(Exception):
    """Base of all errors that trapline raises on purpose.

    The message says what is wrong, where, and what to do; the command prints it without a traceback and ends with
    `exit_code` (0 fine, 1 a check failed, 2 usage, 78 a bad configuration: EX_CONFIG of sysexits.h).
    """

    exit_code: ClassVar[int] = 1


def why_unread(error: OSError) -> str:
    """Why a file can't be read; and who can, for a person at a shell, or for a daemon in its log."""
    if isinstance(error, PermissionError):
        return (
            f"{error.strerror}: run this as root, or let a daemon's user read it (as root, `trapline doctor` says how)"
        )
    return error.strerror or str(error)


class ConfigError(TraplineError):
    """The configuration can't be used. Stops a start, never a running service."""

    exit_code: ClassVar[int] = 78
