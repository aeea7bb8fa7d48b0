"""A real Dovecot of the tests' own: IMAPS, IMAP and POP3 on loopback ports, any user with one password."""

import imaplib
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.servers import certificates
from tests.servers.private import PrivateServer
from tests.servers.processes import free_port, program, require_root, stop, tail, until

PASSWORD = "p4ssword-c4nary"

_CONFIGURATION = """\
{first}
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
mail_uid = nobody
mail_gid = nogroup
mail_fsync = never
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox "Unwanted mail" {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
{differing}
"""

_BEFORE_2_4 = """\
protocols = imap pop3
ssl_cert = <{certificates.certificate}
ssl_key = <{certificates.key}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
"""

_SINCE_2_4 = """\
protocols {{
  imap = yes
  pop3 = yes
}}
ssl_server_cert_file = {certificates.certificate}
ssl_server_key_file = {certificates.key}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = nobody
    gid = nogroup
    home = {folder}/mail/%{{user}}
  }}
}}
"""


class Dovecot(PrivateServer):
    """Dovecot, running while the `with` block does. The Junk folder is `JUNK`: only its special use tells."""

    name = "dovecot"
    JUNK = "Unwanted mail"

    def __init__(self) -> None:
        self.imap, self.imaps, self.pop3, self.pop3s = (free_port() for _ in range(4))
        self._process: subprocess.Popen[bytes] | None = None

    def _lay_out(self) -> None:
        require_root("a private Dovecot")
        self.certificates = certificates.make(self.folder)
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", "nobody", "nogroup")

    def start(self) -> None:
        """Start it and wait until it answers."""
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self._configuration())
        self._process = subprocess.Popen([program("dovecot"), "-F", "-c", str(configuration)])
        until("Dovecot to answer", self._ready)

    def table(self, user: str, **keys: str) -> str:
        """A [[mailboxes]] table that reads the mailbox of `user`; further keys as TOML writes their values."""
        password = self.folder / "password"
        password.write_text(f"{PASSWORD}\n")
        password.chmod(0o600)
        values = {
            "name": '"anna"',
            "role": '"junk"',
            "host": '"localhost"',
            "port": str(self.imaps),
            "ca_file": f'"{self.certificates.authority}"',
            "user": f'"{user}"',
            "password_file": f'"{password}"',
        } | keys
        return "\n[[mailboxes]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())

    def stop(self) -> None:
        """Stop; who is connected is told BYE."""
        if self._process is not None:
            process, self._process = self._process, None
            stop(process)

    def kick(self, user: str) -> None:
        """End the sessions of `user` at once, as a crash of their process would."""
        asked = [program("doveadm"), "-c", str(self.folder / "dovecot.conf"), "who", "-1"]
        for line in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines():
            words = line.split()
            if words[0] == user and "imap" in words:
                number = int(words[-2].strip("()"))
                with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
                    if Path(f"/proc/{number}/comm").read_text(encoding="ascii") == "imap\n":  # nor is it another by now
                        os.kill(number, signal.SIGKILL)

    def log(self) -> str:
        """What it logged last."""
        return tail(self.folder / "log")

    def client(self, user: str) -> imaplib.IMAP4_SSL:
        """A connection that is logged in as `user`, for the test's own use."""
        context = ssl.create_default_context(cafile=self.certificates.authority)
        client = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=context)
        client.login(user, PASSWORD)
        return client

    def deliver(self, user: str, message: bytes, folder: str = JUNK, received: datetime | None = None) -> None:
        """File `message` in a folder of `user`'s."""
        self.deliver_all(user, [message], folder, received)

    def deliver_all(
        self, user: str, messages: Sequence[bytes], folder: str = JUNK, received: datetime | None = None
    ) -> None:
        """File several messages."""
        when = imaplib.Time2Internaldate((received or datetime.now(UTC)).astimezone())
        with self.client(user) as client:
            for message in messages:
                said, why = client.append(f'"{folder}"', "", when, message)
                assert said == "OK", why

    def flags(self, user: str, folder: str = JUNK) -> list[set[str]]:
        """The flags of each message, in order."""
        with self.client(user) as client:
            _, found = client.select(f'"{folder}"', readonly=True)
            if found == [b"0"]:
                return []
            return [
                {flag.decode() for flag in imaplib.ParseFlags(line)} - {"\\Recent"}
                for line in client.fetch("1:*", "(FLAGS)")[1]
                if isinstance(line, bytes)
            ]

    def wait_a_second(self) -> None:
        """A folder that is made anew in the same second would have the same UIDVALIDITY."""
        time.sleep(1.1)

    def _configuration(self) -> str:
        """As its version has it: since 2.4 (Debian 13) a version comes first, and many settings have other names."""
        told = subprocess.run([program("dovecot"), "--version"], capture_output=True, text=True, check=True).stdout
        version = told.split()[0].partition("-")[0]
        new = tuple(map(int, version.split("."))) >= (2, 4)
        values = {name: getattr(self, name) for name in ("folder", "certificates", "imap", "imaps", "pop3", "pop3s")}
        return _CONFIGURATION.format(
            first=f"dovecot_config_version = {version}\ndovecot_storage_version = {version}" if new else "",
            differing=(_SINCE_2_4 if new else _BEFORE_2_4).format(password=PASSWORD, **values),
            **values,
        )

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Dovecot ended:\n{self.log()}"
        try:
            self.client("ready@tests").logout()
        except OSError:
            return False
        return True
