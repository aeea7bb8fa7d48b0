"""A Debian of our own in a container, with a real systemd: mmdebstrap makes it, systemd-nspawn boots it.

It is of the release that we run on, since a Debian package is for the release on which it was built.

Needs root, mmdebstrap and systemd-nspawn, and Debian's mirror for the first one, which is kept in build/container.
Its network is its own: a loopback interface, and nothing else.
"""

import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import ServerError, program, require_root, until

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "container"
SUITE = platform.freedesktop_os_release()["VERSION_CODENAME"]
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "postfix",
    "python3",
    "python3-venv",
    "libmilter1.0.1",
    "ca-certificates",
    "man-db",
    "bash-completion",
    "zsh",
    "fish",
)
BOOT_SECONDS = 60.0

_CLEAN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}


class Container:
    """Running while the `with` block does; `root` is its file system, with `more` packages of Debian's in it."""

    def __init__(self, name: str, more: Sequence[str] = ()) -> None:
        self.root = BUILD / name
        self._debian = BUILD / (f"{SUITE}-{name}" if more else SUITE)
        self._packages = (*PACKAGES, *more)
        self._process: subprocess.Popen[bytes] | None = None
        self._leader: int | None = None

    def __enter__(self) -> Self:
        require_root("a container")
        _make_debian(self._debian, self._packages)
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(self._debian), str(self.root)], check=True)
        try:
            self._boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Pull its plug, and remove it: with its first process all of them end."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._leader or process.pid, signal.SIGKILL)
            process.wait(20)
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *command: str, stdin: str = "", seconds: float = 300) -> str:
        """What `command` prints in the container, as root.

        Raises ServerError: it failed; with what it said.
        """
        done = self.outcome(*command, stdin=stdin, seconds=seconds)
        if done.returncode:
            raise ServerError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, script: str) -> str:
        """What a shell prints there that ends at the first command that fails. Raises ServerError."""
        return self.run("sh", "-euc", script)

    def outcome(self, *command: str, stdin: str = "", seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """How `command` ends there."""
        inside = [*self.enter("-m", "-u", "-i", "-n", "-p", "-C"), *command]
        return subprocess.run(
            inside, input=stdin, capture_output=True, text=True, env=_CLEAN, timeout=seconds, check=False
        )

    def enter(self, *namespaces: str) -> list[str]:
        """The beginning of a command that runs in these namespaces of the container."""
        return [program("nsenter"), "-t", str(self._leader), *namespaces, "--"]

    def active(self, unit: str) -> bool:
        """Whether systemd says that `unit` runs."""
        return self.outcome("systemctl", "is-active", "--quiet", unit).returncode == 0

    def property(self, unit: str, name: str) -> str:
        """What systemd knows of `unit`."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, *matches: str) -> str:
        """The lines of the journal that match."""
        return self.run("journalctl", "--no-pager", "-o", "cat", *matches)

    def _boot(self) -> None:
        command = (
            f"{program('systemd-nspawn')} -q -b --private-network --register=no --keep-unit --console=pipe -D".split()
        )
        with (BUILD / f"{self.root.name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, str(self.root)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._leader = until("the container's systemd", self._first_process, BOOT_SECONDS)
        until("the container to have booted", self._booted, BOOT_SECONDS)

    def _first_process(self) -> int | None:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ServerError(f"systemd-nspawn ended: {(BUILD / f'{self.root.name}.log').read_text()}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return next((int(child) for child in children if _is_first(child)), None)

    def _booted(self) -> bool:
        return self.outcome("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}


def _is_first(process: str) -> bool:
    """Whether `process` has the number 1 in its own namespace (proc(5), NSpid); nspawn forks others before."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
    return numbers[-1] == "1"


def _make_debian(made: Path, packages: Sequence[str]) -> None:
    """Make the file system that containers are copies of, where it is not there or has other packages."""
    included = ",".join(packages)
    stamp = made.with_suffix(".packages")
    if made.is_dir() and stamp.is_file() and stamp.read_text() == included:
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    new = made.with_suffix(".new")
    for old in (new, made):
        shutil.rmtree(old, ignore_errors=True)
    _run([program("mmdebstrap"), "--variant=minbase", f"--include={included}", SUITE, str(new)])
    new.rename(made)
    stamp.write_text(included)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-3000:]}")
