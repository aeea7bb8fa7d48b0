"""A whole mail server with trapline on it: Postfix, rbldnsd, the portal, the milter; and the reporter when asked.

All of it is real but the portal, which stands in for Spamhaus's; all of it is on loopback and in one temporary folder.
"""

import json
import shutil
import smtplib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.portal import Portal
from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd, Zones
from tests.servers.trapline_process import Daemon, Run, Table, run, write_config

ANNA = f"anna@{DOMAIN}"
BERT = f"bert@{DOMAIN}"
TRAP = f"info-2019@{DOMAIN}"
OTHER_TRAP = f"webshop@{DOMAIN}"
TRAPS = {TRAP: "web page, footer", OTHER_TRAP: "an old shop recycled"}
SOCKET = "trapline/milter.sock"  # below the queue directory, so that a chrooted smtpd finds it too
OURS_ALONE = f"{{ unix:{SOCKET}, default_action=accept }}"


class MailExchanger:
    """The server, running while the `with` block does.

    `settings` go over the configuration, `traps` are addresses with label and kind as a trap file has them, `zones` is
    what rbldnsd lists besides tests/data/zones. `milters` is Postfix's smtpd_milters; `milter = False` leaves ours to
    be started later.
    """

    def __init__(
        self,
        settings: Table | None = None,
        traps: Mapping[str, str] | None = None,
        people: Iterable[str] = (ANNA, BERT),
        zones: Zones | None = None,
        *,
        milter: bool = True,
        milters: str | Callable[[Postfix], str] = OURS_ALONE,
    ) -> None:
        self.traps = dict(TRAPS if traps is None else traps)
        self.dns = Rbldnsd(zones)
        self.postfix = Postfix(people, self.traps, milters)
        self.portal: Portal
        self._settings: Table = settings or {}
        self._starts_milter = milter
        self._changed = False
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.portal = stack.enter_context(Portal())
            stack.enter_context(self.dns)
            stack.enter_context(self.postfix)
            stack.callback(self.milter_kill)
            self._lay_out()
            if self._starts_milter:
                self.milter_start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def client(self, address: str | None = None, **options: Any) -> smtplib.SMTP:
        """An SMTP session from `address`; see Postfix.client."""
        return self.postfix.client(address, **options)

    def mailbox(self, address: str) -> list[bytes]:
        """The messages that a person has got."""
        return self.postfix.mailbox(address)

    def configure(self, settings: Table) -> None:
        """Write the configuration anew, with `settings` over the default one; the milter reads it at its next start."""
        write_config(self.config, self._defaults(), self._settings, settings)
        self._changed |= bool(settings)

    def write_traps(self, traps: Mapping[str, str]) -> None:
        """Write the trap file anew, at once: addresses with label and kind."""
        text = "".join(f"{address}  {label}\n" for address, label in traps.items())
        new = self.folder / "traps.new"
        new.write_text(f"# traps of the tests\n{text}", encoding="utf-8")
        new.rename(self.folder / "traps")
        self._changed |= dict(traps) != self.traps

    @contextmanager
    def settings(self, settings: Table) -> Iterator[None]:
        """Run the milter with `settings` over the default ones while the block does."""
        self.milter_kill()  # nothing of what the last test did goes on
        self.configure(settings)
        self.milter_start()
        try:
            yield
        finally:
            self.milter_kill()
            self.configure({})

    def restore(self) -> None:
        """As if just installed, whatever the last test did: nothing sent, default configuration, all running."""
        self.dns.resume()
        self.forget()
        if self._changed:
            self.milter_kill()
            self.configure({})
            self.write_traps(self.traps)
            self._changed = False
        if not self.milter.running:
            self.milter_start()

    def milter_start(self, environ: Mapping[str, str] | None = None) -> None:
        """Start the milter and wait until its socket accepts, and signals reach it."""
        before = self.milter_log().count(" started ")
        self.milter.start(environ)
        self.milter.wait_until_it_accepts(self.socket)
        until("the milter to start", lambda: self.milter_log().count(" started ") > before)

    def milter_stop(self) -> int:
        """End the milter as systemd does; its exit code."""
        return self.milter.stop()

    def milter_kill(self) -> None:
        """End the milter without warning (SIGKILL)."""
        self.milter.kill()

    def milter_log(self) -> str:
        """What the milter has printed so far."""
        return self.milter.output()

    def report(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Run:
        """`trapline reporter --once`, once all mail is delivered and caught."""
        self.settle()
        return self.command("reporter", "--once", *arguments, environ=environ)

    def command(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Run:
        """`trapline ARGUMENTS` with this server's configuration."""
        return run(*arguments, config=self.config, environ=environ)

    def read_mailboxes(self, *tables: str) -> Run:
        """`trapline mailboxes --once` with this server's configuration and [[mailboxes]] `tables`."""
        return run("mailboxes", "--once", config=self.with_mailboxes(*tables))

    def with_mailboxes(self, *tables: str) -> Path:
        """The configuration of this server with [[mailboxes]] `tables`."""
        config = self.folder / "mailboxes.toml"
        state = f'mailbox_state.directory = "{self.folder}/mailboxes"\n'
        config.write_text(state + self.config.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
        config.chmod(0o640)
        return config

    def spool(self, folder: str = "new") -> list[Path]:
        """The files of the spool's new/, cur/, tmp/ or .failed/new/, oldest first. End your sessions first."""
        self.settle()
        return sorted((self.spool_folder / folder).glob("*"))

    def settle(self) -> None:
        """Wait until all mail is delivered and the milter has heard the end of every session.

        Postfix does not wait for the milter at RSET and QUIT, and even keeps an RSET to itself until the next command.
        """
        self.postfix.settle()
        until("Postfix to leave the milter", lambda: not self._connections())

    def envelopes(self, folder: str = "new") -> list[dict[str, Any]]:
        """The envelopes of the messages in the spool, read as any mail program could."""
        return [envelope_of(path.read_bytes()) for path in self.spool(folder)]

    def forget(self) -> None:
        """As if nothing had been sent: no mail, no spool, no database, no submissions."""
        self.settle()
        self.postfix.forget()
        self.portal.reset()
        for path in self.spool_folder.glob("**/*"):
            if path.is_file():
                path.unlink()
        for path in self.folder.glob("trapline.db*"):
            path.unlink()

    def _connections(self) -> list[str]:
        """The milter's open connections, as the kernel lists them (proc(5), /proc/net/unix; state 3 is connected)."""
        sockets = (line.split() for line in Path("/proc/net/unix").read_text().splitlines())
        return [fields[6] for fields in sockets if fields[-1] == str(self.socket) and fields[5] == "03"]

    def _lay_out(self) -> None:
        """The folders and files that the packages would make."""
        self.folder = self.postfix.folder / "trapline"
        self.config = self.folder / "trapline.toml"
        self.spool_folder = self.folder / "spool"
        self.socket = self.postfix.folder / "queue" / SOCKET
        self.spool_folder.mkdir(mode=0o2770, parents=True)
        self.socket.parent.mkdir()
        shutil.chown(self.socket.parent, "root", "postfix")
        self.socket.parent.chmod(0o2750)
        self.write_traps(self.traps)
        self.configure({})
        self.milter = Daemon(["milter"], self.config, self.folder / "milter.log")

    def _defaults(self) -> Table:
        return {
            "milter": {"listen": f"unix:{self.socket}"},
            "traps": {"files": [str(self.folder / "traps")], "fallback": str(self.postfix.fallback)},
            "dqs": {"key": self.dns.key, "nameservers": [self.dns.nameserver]},
            "spool": {"directory": str(self.spool_folder)},
            "store": {"url": f"sqlite:///{self.folder}/trapline.db"},
            "reporter": {"receivers": [self.postfix.host]},
            "blocklist": {"files": {"milter": ""}},  # the default is the machine's own, where trapline is installed
            "spamhaus": {
                "api": self.portal.url,
                "token": self.portal.token,
                "per_minute": 60_000,  # tests of the pace set their own
                "backoff_seconds": 0.5,
                "timeout_seconds": 10,
            },
            "large_senders": {"enabled": False},
            "ripe_stat": {"enabled": False},
        }


def envelope_of(raw: bytes) -> dict[str, Any]:
    """The JSON of the first Trapline-Envelope header in a spooled message."""
    value = str(BytesHeaderParser().parsebytes(raw)["Trapline-Envelope"])
    table: dict[str, Any] = json.loads(value)
    return table
