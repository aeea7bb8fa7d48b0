"""The mail server that the faults happen to: both daemons kept running, spool and store on a disk of their own."""

import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults import stores
from tests.faults.load import LISTED, Load, Sent
from tests.faults.service import Service
from tests.servers.mail_exchanger import SOCKET, MailExchanger
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon, accepts

DEADLINE_SECONDS = 2.0  # milter.deadline_seconds: shorter than the default, so that it is reached more often
POSTFIX_SECONDS = 6  # that Postfix waits for any answer of the milter's; by default 30, at a message's end 300
DISK_BYTES = 512 * 1024 * 1024

LISTS = ("milter", "rbldnsd", "bind", "text", "details")  # the blocklist's files

SETTINGS = {
    "milter": {"deadline_seconds": DEADLINE_SECONDS, "blocklist": {"first": "log", "repeated": "log"}},
    "reporter": {"poll_seconds": 0.5},
    "spamhaus": {"timeout_seconds": 1.5, "backoff_seconds": 0.1, "per_day": 1_000_000, "review_minutes": 0.1},
}

ZONE = {"name": "bl.quayside-mail.com", "nameservers": ["ns.harbour-mail.com"], "hostmaster": "dns@harbour-mail.com"}

_WAITS = "".join(f", {what}_timeout={POSTFIX_SECONDS}s" for what in ("connect", "command", "content"))
MILTERS = f"{{ unix:{SOCKET}, default_action=accept{_WAITS} }}"


class World:
    """All of it, running while the `with` block does. `store` is the kind of the reporter's store."""

    def __init__(self, seed: int, store: stores.Kind = "sqlite") -> None:
        self.mx = MailExchanger(SETTINGS, zones={"zen": {LISTED: "127.0.0.2"}}, milter=False, milters=MILTERS)
        self._kind = store
        self.load = Load(self.mx, seed)
        self.other_logs: list[str] = []  # of daemons that wrote elsewhere for a while
        self.torn: list[str] = []  # files of the blocklist that were found not to be whole
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            mx = stack.enter_context(self.mx)
            self.disk = mx.folder / "disk"
            self._mount(stack)
            self.spool = mx.spool_folder = self.disk / "spool"
            self.spool.mkdir(mode=0o2770)
            self.store = stack.enter_context(stores.opened(self._kind, self.disk))
            self.lists = self.disk / "lists"
            self.lists.mkdir()
            files = {name: str(self.lists / name) for name in LISTS}
            mx.configure(
                {
                    "spool": {"directory": str(self.spool)},
                    "store": {"url": self.store.url},
                    "blocklist": {"files": files, "zone": ZONE, "new_per_hour": 100_000, "new_per_network": 1_000},
                }
            )
            self.milter = Service(mx.milter, lambda: accepts(mx.socket))
            reporter = Daemon(["reporter"], mx.config, mx.folder / "reporter.log")
            self.reporter = Service(reporter, lambda: self.store.is_used_by(reporter.pid))
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


def _is_refused(sent: Sent) -> bool:
    return sent.letter.kind == "listed" and "550" in sent.answers


def in_maildir(folder: Path) -> list[Path]:
    """The messages in new/ and cur/."""
    return [path for name in ("new", "cur") for path in (folder / name).glob("*")]
