"""`trapline milter` on a socket of its own, without a Postfix: for what a Postfix would never send, or not at once."""

import grp
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.milter_client import MilterClient
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import Daemon, Table, write_config

STRANGER = "11.0.1.7"
DOMAIN = "quayside-mail.com"
TRAP = f"info-2019@{DOMAIN}"
PERSON = f"anna@{DOMAIN}"
MESSAGE = b"From: news@harbour-news.com\r\nSubject: An offer\r\n\r\nBuy now.\r\n"


class LoneMilter:
    """The milter, running while the `with` block does; `settings` go over its configuration."""

    def __init__(self, folder: Path, dns: Rbldnsd, settings: Table | None = None) -> None:
        self.socket = folder / "milter.sock"
        self.spool = folder / "spool"
        self.spool.mkdir(mode=0o2770)
        self.traps = folder / "traps"
        self.traps.write_text(f"{TRAP}  web page, footer\n", encoding="utf-8")
        defaults = {
            "milter": {"listen": f"unix:{self.socket}", "socket_group": grp.getgrgid(os.getegid()).gr_name},
            "traps": {"files": [str(self.traps)]},
            "dqs": {"key": dns.key, "nameservers": [dns.nameserver]},
            "spool": {"directory": str(self.spool)},
        }
        write_config(folder / "trapline.toml", defaults, settings or {})
        self.daemon = Daemon(["milter"], folder / "trapline.toml", folder / "log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        """Start it and wait until its socket accepts."""
        self.daemon.start(environ)
        self.daemon.wait_until_it_accepts(self.socket)

    def client(self, **macros: str | bytes) -> MilterClient:
        """A session with it, that is yet to be entered."""
        return MilterClient(self.socket, macros)

    def stored(self) -> list[Path]:
        """What it has caught."""
        return sorted((self.spool / "new").iterdir())
