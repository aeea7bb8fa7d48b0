"""The mail server that the faults happen to: both daemons kept running, spool and store on a disk of their own."""

import shutil
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.load import LISTED, Load, Sent
from tests.faults.service import Service
from tests.servers.mail_exchanger import MailExchanger
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon, accepts

DEADLINE_SECONDS = 2.0  # milter.deadline_seconds: shorter than the default, so that it is reached more often
DISK_BYTES = 512 * 1024 * 1024

SETTINGS = {
    "milter": {"deadline_seconds": DEADLINE_SECONDS},
    "reporter": {"poll_seconds": 0.5},
    "spamhaus": {"timeout_seconds": 1.5, "backoff_seconds": 0.1, "per_day": 1_000_000, "review_minutes": 0.1},
}


class World:
    """All of it, running while the `with` block does."""

    def __init__(self, seed: int) -> None:
        self.mx = MailExchanger(SETTINGS, zones={"zen": {LISTED: "127.0.0.2"}}, milter=False)
        self.load = Load(self.mx, seed)
        self.other_logs: list[str] = []  # of daemons that wrote elsewhere for a while
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            mx = stack.enter_context(self.mx)
            self.disk = mx.folder / "disk"
            self._mount(stack)
            self.spool = mx.spool_folder = self.disk / "spool"
            self.spool.mkdir(mode=0o2770)
            self.store = self.disk / "trapline.db"
            mx.configure({"spool": {"directory": str(self.spool)}, "store": {"url": f"sqlite:///{self.store}"}})
            self.milter = Service(mx.milter, lambda: accepts(mx.socket))
            reporter = Daemon(["reporter"], mx.config, mx.folder / "reporter.log")
            self.reporter = Service(reporter, lambda: _has_open(reporter.pid, f"{self.store}.lock"))
            stack.enter_context(self.milter)
            stack.enter_context(self.reporter)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def services(self) -> tuple[Service, Service]:
        """Milter and reporter."""
        return self.milter, self.reporter

    def fill_disk(self, spare_bytes: int) -> None:
        """Leave no more room on the disk than that: it becomes as small as what is on it."""
        until("the disk to be full", lambda: self._resize(shutil.disk_usage(self.disk).used + spare_bytes))

    def empty_disk(self) -> None:
        """Give the disk its size back."""
        assert self._resize(DISK_BYTES)

    def recovers(self, seconds: float = 90.0) -> float:
        """Wait until the milter asks the zones and the reporter submits again; how long that took, in seconds.

        Raises ServerError: it did not come to that.
        """
        began, submitted = time.monotonic(), len(self.mx.portal.accepted())
        until("a listed client to be refused again", lambda: self.load.since(began, _is_refused) > 0, seconds)
        until("something to be submitted again", lambda: len(self.mx.portal.accepted()) > submitted, seconds)
        return time.monotonic() - began

    def logs(self) -> str:
        """All that both daemons said."""
        return "\n".join([*(service.daemon.output() for service in self.services), *self.other_logs])

    def _resize(self, size_bytes: int) -> bool:
        """Whether that was possible: not if more was written meanwhile."""
        command = ["mount", "-o", f"remount,size={size_bytes}", str(self.disk)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _mount(self, stack: ExitStack) -> None:
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", self.disk], check=True)
        stack.callback(lambda: subprocess.run(["umount", "--lazy", self.disk], check=True))


def _has_open(pid: int, file: str) -> bool:
    """Whether the process has `file` open; not if it has ended."""
    with suppress(OSError):
        return any(str(link.readlink()) == file for link in Path(f"/proc/{pid}/fd").iterdir())
    return False


def _is_refused(sent: Sent) -> bool:
    return sent.letter.kind == "listed" and "550" in sent.answers


def in_maildir(folder: Path) -> list[Path]:
    """The messages in new/ and cur/."""
    return [path for name in ("new", "cur") for path in (folder / name).glob("*")]
