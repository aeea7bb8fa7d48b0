"""The real rspamd on loopback ports, with a Redis of its own: Bayes and GTUBE alone, so that it starts soon."""

import os
import shutil
import subprocess
from typing import Any

import requests

from tests.servers.private import PrivateServer
from tests.servers.processes import ServerError, as_nobody, free_port, program, stop, tail, until

STOP_SECONDS = 30.0  #: its main process gives the workers ten, where somebody is still connected
PASSWORD = "controllers-canary-5"
CONFIGURATION = """
options {{
  filters = ""; tempdir = "{folder}"; hs_cache_dir = "{folder}"; cache_file = "{folder}/symbols.cache";
  history_file = "{folder}/history"; dynamic_conf = "{folder}/dynamic"; stats_file = "{folder}/stats.ucl"; rrd = "";
  control_socket = "{folder}/control.sock mode=0600"; pidfile = "{folder}/pid"; disable_hyperscan = true;
  url_tld = "{folder}/suffixes";
  dns {{ nameserver = ["{nameserver}"]; }}
}}
logging {{ type = "console"; level = "notice"; }}
actions {{ reject = 15; add_header = 6; greylist = 4; }}
redis {{ servers = "127.0.0.1:{redis}"; }}
classifier "bayes" {{
  tokenizer {{ name = "osb"; }}
  cache {{ }}
  new_schema = true; min_tokens = 11; backend = "redis";
  statfile {{ symbol = "BAYES_HAM"; spam = false; }}
  statfile {{ symbol = "BAYES_SPAM"; spam = true; }}
}}
worker "normal" {{ bind_socket = "127.0.0.1:{normal}"; count = 1; }}
worker "rspamd_proxy" {{
  bind_socket = "127.0.0.1:{milter}"; milter = yes; count = 1; upstream "local" {{ default = yes; self_scan = yes; }}
}}
worker "controller" {{ bind_socket = "127.0.0.1:{controller}"; count = 1; password = "{password}"; secure_ip = []; }}
{more}
"""


class Rspamd(PrivateServer):
    """rspamd and its Redis, running while the `with` block does."""

    name = "rspamd"

    def __init__(self, more: str = "", nameserver: str = "127.0.0.1:9") -> None:
        """`more` is added to its configuration; `nameserver` is asked what it wants of DNS, by default nobody."""
        self._more, self._nameserver = more, nameserver
        self._redis, self._normal, self._controller, self._milter = (free_port() for _ in range(4))
        self.url = f"http://127.0.0.1:{self._normal}"  # to be configured as filters.rspamd.url
        self.milter = f"inet:127.0.0.1:{self._milter}"  # its entry in smtpd_milters
        self.controller = f"http://127.0.0.1:{self._controller}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both and wait until they answer."""
        redis = f"--port {self._redis} --bind 127.0.0.1 --appendonly no --daemonize no --dir {self.folder}".split()
        self._run("redis", [program("redis-server"), *redis, "--save", ""])
        self._run("rspamd", [program("rspamd"), "-f", "-c", str(self.folder / "rspamd.conf")])
        until("rspamd to answer", lambda: self._answers(self.url) and self._answers(self.controller))

    def stop(self) -> None:
        """Stop both."""
        while self._processes:
            stop(self._processes.pop(), STOP_SECONDS)

    def learned(self) -> int:
        """How many lessons its controller has counted since the start."""
        table: dict[str, Any] = requests.get(
            f"{self.controller}/stat", headers={"Password": PASSWORD}, timeout=5
        ).json()
        return int(table["learned"])

    def learned_of_each(self) -> dict[str, int]:
        """How many messages its Bayes classifier knows of each kind, as it counts in its Redis.

        The controller's `stat` has the same, a minute later.
        """
        command = [program("redis-cli"), "-p", str(self._redis), "--raw", "hgetall", "RS"]
        words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        counts = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        return {kind: counts.get(f"learns_{kind}", 0) for kind in ("spam", "ham")}

    def _lay_out(self) -> None:
        (self.folder / "suffixes").write_text("com\n")  # Debian's ten thousand take seconds to compile
        ports = {"redis": self._redis, "normal": self._normal, "controller": self._controller, "milter": self._milter}
        added = {"more": self._more, "nameserver": self._nameserver}
        text = CONFIGURATION.format(folder=self.folder, password=PASSWORD, **ports, **added)
        (self.folder / "rspamd.conf").write_text(text)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")

    def _run(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            running = subprocess.Popen(as_nobody(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes.append(running)

    def _answers(self, url: str) -> bool:
        for running in self._processes:
            if running.poll() is not None:
                raise ServerError(f"{running.args!r} ended:\n{tail(self.folder / 'rspamd.log')}")
        try:
            return requests.get(f"{url}/ping", timeout=1).ok
        except requests.RequestException:
            return False
