"""A private, real Postfix on loopback ports, in a temporary folder of its own; the machine's Postfix is never touched.

Nothing leaves the machine: it does no DNS lookups, and mail to other domains is bounced by the error transport.
Clients take any address by XCLIENT, people and traps have Maildirs. Needs root, as any Postfix does.
"""

import json
import os
import pwd
import re
import smtplib
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.servers.port_53 import asking
from tests.servers.postfix_configuration import MAIN_CF, MASTER_CF
from tests.servers.private import PrivateServer
from tests.servers.processes import ServerError, aged, free_port, program, require_root, tail, until

DOMAIN = "quayside-mail.com"
HOST = f"mx.{DOMAIN}"
PEOPLE_UID = 64300  # owns the people's Maildirs; no account is needed
MESSAGE_SIZE_LIMIT = 30_000_000
QUEUES = ("maildrop", "incoming", "active", "deferred")  # in the order in which mail goes through them


class Postfix(PrivateServer):
    """Postfix, running while the `with` block does.

    `people` and `traps` are addresses; the traps share one Maildir, the fallback, that belongs to `trap_uid`.
    `milters` is the value of smtpd_milters, or makes one of the instance (its folder is known then).
    `nameserver` is an address whose port 53 it asks (see port_53.py); else no lookup of its would be answered.
    Three ports: `port` (what the world sees), `submission` (daemon name ORIGINATING), `unfiltered` (no milter).
    """

    name = "postfix"

    def __init__(
        self,
        people: Iterable[str] = (f"anna@{DOMAIN}", f"bert@{DOMAIN}"),
        traps: Iterable[str] = (),
        milters: str | Callable[["Postfix"], str] = "",
        trap_uid: int = 0,
        settings: Mapping[str, str] | None = None,
        nameserver: str | None = None,
    ) -> None:
        self.people = list(people)
        self.traps = list(traps)
        self.host = HOST
        self.trap_uid = trap_uid or os.geteuid() or PEOPLE_UID
        self.port, self.submission, self.unfiltered = (free_port() for _ in range(3))
        self._milters = milters
        self._settings = dict(settings or {})
        self._nameserver = nameserver

    def start(self) -> None:
        """Start it and wait until it greets."""
        self._control("start")
        until("Postfix to listen", self._greets)

    def stop(self) -> None:
        """Stop it; mail that waits stays in the queue."""
        pid = self.folder / "queue/pid/master.pid"
        if pid.exists() and self._control("status", check=False) == 0:
            master = Path(f"/proc/{pid.read_text().strip()}")
            self._control("stop", check=False)  # it waits five seconds, and fails: a busy machine may need more
            until("Postfix to end", lambda: not master.exists())

    def log(self) -> str:
        """What Postfix has logged."""
        path = self.folder / "log" / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for_log(self, pattern: str) -> re.Match[str]:
        """The first match of `pattern` in the log, as soon as there is one."""
        return until(f"{pattern!r} in Postfix's log", lambda: re.search(pattern, self.log()))

    def add_services(self, lines: str) -> None:
        """Start anew with further lines of master.cf."""
        master = self.folder / "etc" / "master.cf"
        master.write_text(f"{master.read_text()}{lines}\n")
        aged(master)
        self.stop()
        self.start()

    def settle(self) -> None:
        """Wait until every message has been delivered, bounced or discarded."""
        until("Postfix's queue to empty", lambda: not self.queued())

    def queued(self) -> list[str]:
        """The queue IDs of the mail that is on its way."""
        found: list[str] = []
        for queue in QUEUES:  # in this order a message that is moved meanwhile is seen in the one or the other
            found += [name for _, _, names in os.walk(self.folder / "queue" / queue) for name in names]
        return found

    def postqueue(self) -> list[dict[str, object]]:
        """What `postqueue -j` says of each queued message."""
        command = [program("postqueue"), "-c", str(self.folder / "etc"), "-j"]
        output = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
        return [json.loads(line) for line in output.splitlines()]

    def mailbox(self, address: str) -> list[bytes]:
        """The messages that `address` has got, oldest first, once all mail is delivered."""
        self.settle()
        return self._read(self.folder / "mail" / _folder_of(address))

    def fallen_back(self) -> list[bytes]:
        """The trap mail that Postfix delivered itself, once all mail is delivered."""
        self.settle()
        return self._read(self.fallback)

    def forget(self) -> None:
        """Empty the mailboxes, once all mail is delivered."""
        self.settle()
        for path in (self.folder / "mail").glob("*/*/*"):
            path.unlink()

    def client(
        self,
        address: str | None = None,
        helo: str = "mail.some-sender.com",
        login: str | None = None,
        name: str | None = None,
        port: int | None = None,
    ) -> smtplib.SMTP:
        """An SMTP session that comes from `address` (None: from this machine), after EHLO; `login` as authenticated.

        Use it in a `with` block. The server's answer to EHLO is in `ehlo_resp`.
        """
        smtp = smtplib.SMTP("127.0.0.1", port or self.port, local_hostname=helo, timeout=60)
        if address is not None or login is not None:
            _xclient(smtp, address, helo, login, name)
        code, text = smtp.ehlo(helo)
        if code != 250:
            smtp.close()
            raise ServerError(f"Postfix answered EHLO with {code} {text!r}")
        return smtp

    def _read(self, maildir: Path) -> list[bytes]:
        files = sorted((maildir / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes() for path in files]

    def _lay_out(self) -> None:
        """The folders and the configuration."""
        require_root("a private Postfix")
        self.fallback = self.folder / "mail" / "fallback"  # to be configured as traps.fallback
        for name in ("etc", "queue", "data", "log", "mail"):
            (self.folder / name).mkdir(mode=0o755)
        account = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", account.pw_uid, account.pw_gid)
        mailboxes = {address: _folder_of(address) for address in self.people} | dict.fromkeys(self.traps, "fallback")
        for folder in {*mailboxes.values(), "fallback"}:
            self._maildir(folder, self.trap_uid if folder == "fallback" else PEOPLE_UID)
        etc = self.folder / "etc"
        (etc / "mailboxes").write_text("".join(f"{address} {folder}/\n" for address, folder in mailboxes.items()))
        (etc / "owners").write_text("".join(f"{address} {self.trap_uid}\n" for address in self.traps))
        (etc / "main.cf").write_text(self._main_cf())
        ports = {"port": self.port, "submission": self.submission, "unfiltered": self.unfiltered}
        (etc / "master.cf").write_text(MASTER_CF.format(**ports))
        aged(*etc.iterdir())

    def _main_cf(self) -> str:
        domains = {address.rpartition("@")[2] for address in [*self.people, *self.traps]} | {DOMAIN}
        text = MAIN_CF.format(
            folder=self.folder,
            host=self.host,
            domains=", ".join(sorted(domains)),
            message_size_limit=MESSAGE_SIZE_LIMIT,
            uid=PEOPLE_UID,
            milters=self._milters if isinstance(self._milters, str) else self._milters(self),
        )
        return text + "".join(f"{name} = {value}\n" for name, value in self._settings.items())

    def _maildir(self, folder: str, uid: int) -> None:
        for path in (Path(folder), *(Path(folder) / part for part in ("new", "cur", "tmp"))):
            (self.folder / "mail" / path).mkdir(mode=0o700)
            os.chown(self.folder / "mail" / path, uid, uid)

    def _control(self, action: str, *, check: bool = True) -> int:
        """Run `postfix ACTION` for this instance.

        Raises ServerError: it failed; with the end of the log.
        """
        command = [program("postfix"), "-c", str(self.folder / "etc"), action]
        if self._nameserver is not None:
            command = asking(self._nameserver, self.folder / "resolv.conf", command)
        log = self.folder / "log" / "control"
        with log.open("ab") as output:  # no pipe: the daemons would inherit it
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
            try:
                code = process.wait(60)
            except BaseException:  # Ctrl-C: a start that is cut short would leave a Postfix that nobody stops
                process.wait(60)
                raise
        if check and code != 0:
            raise ServerError(f"postfix {action} failed:\n{tail(log)}\n{tail(self.folder / 'log' / 'maillog')}")
        return code

    def _greets(self) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.unfiltered, local_hostname="localhost", timeout=10):
                return True
        except OSError:
            return False


def _xclient(smtp: smtplib.SMTP, address: str | None, helo: str, login: str | None, name: str | None) -> None:
    """Have Postfix take this session for another client's; it greets anew."""
    smtp.ehlo(helo)
    attributes = {"NAME": name or "[UNAVAILABLE]"}
    if address is not None:
        attributes["ADDR"] = f"IPV6:{address}" if ":" in address else address
    if login is not None:
        attributes["LOGIN"] = login
    code, text = smtp.docmd("XCLIENT", " ".join(f"{key}={value}" for key, value in attributes.items()))
    if code != 220:
        smtp.close()
        raise ServerError(f"Postfix answered XCLIENT with {code} {text!r}")


def _folder_of(address: str) -> str:
    """The Maildir of a person, below virtual_mailbox_base."""
    return address.lower().replace("/", "_")
