"""A mailbox that is scanned, as tests configure, fill and look at it."""

import imaplib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from typer.testing import CliRunner

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.scripted_imap import ScriptedImap
from tests.servers.trapline_process import Run
from trapline.cli.main import app

INBOX = "INBOX"
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}


class Anna:
    """Anna's mailbox on the real Dovecot, and the configuration of a host that scans it."""

    def __init__(self, dovecot: Dovecot, spamd: str, folder: Path) -> None:
        self.user = f"{uuid4().hex[:12]}@harbour-mail.com"
        self.dovecot = dovecot
        self.state = folder / "state"
        self.config = folder / "trapline.toml"
        self.password = folder / "password"
        self.password.write_text(PASSWORD)
        self.password.chmod(0o600)
        self.spamd = spamd
        self.configure()

    def configure(self, *scan: str, more: str = "") -> None:
        """Lines of the mailbox's table `scan`, and other tables."""
        self.config.write_text(
            f"""
            mailbox_state.directory = "{self.state}"
            filters.spamd.address = "{self.spamd}"
            [[mailboxes]]
            name = "anna"
            role = "junk"
            host = "localhost"
            port = {self.dovecot.imaps}
            ca_file = "{self.dovecot.certificates.authority}"
            user = "{self.user}"
            password_file = "{self.password}"
            [mailboxes.scan]
            {chr(10).join(scan)}
            {more}
            """
        )
        self.config.chmod(0o600)

    def moves_to(self, server: ScriptedImap) -> None:
        """Her mailbox is on a server that a test wrote; there is one message in it."""
        right = f'host = "localhost"\n            port = {self.dovecot.imaps}'
        other = f'host = "127.0.0.1"\ntls = "none"\nport = {server.port}'
        self.config.write_text(self.config.read_text().replace(right, other))

    def gets(self, *messages: bytes, folder: str = INBOX) -> None:
        self.dovecot.deliver_all(self.user, messages, folder)

    def scan(self, *options: str) -> Run:
        """In this process, which costs no start."""
        done = CliRunner().invoke(app, ["scan", "anna", *options, "--config", str(self.config)], env=PLAIN)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Run(done.exit_code, done.stdout, done.stderr)

    def json(self, *options: str) -> dict[str, Any]:
        done = self.scan("--json", *options)
        assert done.stdout, done.output
        (table,) = json.loads(done.stdout)
        assert isinstance(table, dict)
        return table

    def has(self, folder: str = INBOX) -> list[bytes]:
        """The messages in a folder, whole, in their order."""
        with self.dovecot.client(self.user) as client:
            said, (number,) = client.select(f'"{folder}"', readonly=True)
            if said != "OK" or not number or not int(number):
                return []
            _, found = client.fetch("1:*", "(BODY.PEEK[])")
            return [part[1] for part in found if isinstance(part, tuple)]

    def flags(self, folder: str = INBOX) -> list[set[str]]:
        return self.dovecot.flags(self.user, folder)

    def creates(self, folder: str) -> None:
        with self.dovecot.client(self.user) as client:
            assert client.create(f'"{folder}"')[0] == "OK"

    def open(self) -> imaplib.IMAP4_SSL:
        return self.dovecot.client(self.user)
