"""The programs of systemd, and of the user database, that installing needs."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from trapline.config.errors import TraplineError
from trapline.install.owners import Owners
from trapline.install.plan import SYSUSERS, UNITS

_RUNNING = Path("/run/systemd/system")  # sd_booted(3)


class ProgramFailed(TraplineError):
    """A program is missing, or failed."""


def make_users() -> None:
    """Make users and group as sysusers.d says. Raises ProgramFailed."""
    _run("systemd-sysusers", str(SYSUSERS))


def reload_units() -> None:
    """Have systemd read the units, where it runs. Raises ProgramFailed."""
    if _RUNNING.is_dir():
        _run("systemctl", "daemon-reload")


def stop(units: Iterable[str]) -> None:
    """End `units` and start them no more at boot, with the timers of mailboxes. Raises ProgramFailed."""
    names = [name for name in units if "@" not in name and (UNITS / name).exists()]
    wants = UNITS / "timers.target.wants"
    names += [one.name for one in wants.glob("trapline-scan@*.timer")] if wants.is_dir() else []
    if not names:
        return
    if _RUNNING.is_dir():
        _run("systemctl", "disable", "--now", "--quiet", *names)
    else:
        _run("systemctl", "--root=/", "disable", "--quiet", *names)


def remove_accounts(names: Iterable[str]) -> Iterator[str]:
    """Remove users, and groups that are nobody's, where they are there still; what was done. Raises ProgramFailed."""
    there = Owners(Path("/"))
    for name in names:
        kind, _, account = name.partition(":")
        is_user = kind == "user"
        if (there.user if is_user else there.group)(account) is not None:
            _run("userdel" if is_user else "groupdel", account)
            yield f"removed: {kind} {account}"


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise ProgramFailed(f"{program} is not installed: `trapline install` is for systems with systemd")
    done = subprocess.run(  # noqa: S603 - our own words
        [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        raise ProgramFailed(f"{program} {' '.join(arguments)} ended with {done.returncode}: {words}")
