"""Is this host's clock right? By the portal's, to the second; else whether the kernel knows it as synchronised.

Pace, windows and retention are told by it, and TLS too. Source: adjtimex(2); systemd's timedatectl tells by maxerror.
"""

import ctypes
from datetime import datetime, timedelta

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.words import length

NAME = "clock"
TOLERANCE = timedelta(seconds=30)

_SYNCHRONISE = "apt-get install systemd-timesyncd (or chrony), then: timedatectl set-ntp true"
_MAX_ERROR_MICROSECONDS = 16_000_000  # what the kernel lets it grow to where nobody sets it


class _Timex(ctypes.Structure):
    """The beginning of struct timex, and room for its rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),  # 0: only look
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_char * 512),
    )


def compared(theirs: datetime, ours: datetime) -> Result:
    """Whether our clock agrees with `theirs`, which is taken to be right."""
    off = ours - theirs
    if abs(off) <= TOLERANCE:
        return ok(NAME, "it agrees with the portal's")
    way = "ahead of" if off > timedelta(0) else "behind"
    return failed(NAME, f"{length(abs(off).total_seconds())} {way} the portal's", _SYNCHRONISE)


def by_kernel() -> Result:
    """Whether the kernel knows the clock as synchronised, where there is no other one to compare it with."""
    try:
        timex = _Timex()
        answered = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        answered = -1
    if answered < 0:
        return skipped(NAME, "there is no portal to compare it with, and the kernel does not say")
    if timex.maxerror >= _MAX_ERROR_MICROSECONDS:
        return warning(NAME, "it is not synchronised, according to the kernel", _SYNCHRONISE)
    return ok(NAME, "it is synchronised, according to the kernel")
