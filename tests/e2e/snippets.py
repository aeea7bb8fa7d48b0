"""A real Postfix with lines that we ship for the local blocklist (config/postfix)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import aged

SNIPPETS = Path(str(files("trapline.config") / "postfix"))
OURS, ZEN = f"bl.{DOMAIN}", "k3ycanary.zen.dq.spamhaus.net"  # what bl.mx.example and KEY.zen… are here


@contextmanager
def asking_by_itself(resolver: str) -> Iterator[Postfix]:
    """A Postfix with reject_rbl_client.cf, and what it says for master.cf; it asks `resolver`."""
    text = (SNIPPETS / "reject_rbl_client.cf").read_text(encoding="utf-8")
    options = "".join(f" -o {option}" for option in re.findall(r"smtp/inet/(\w+=\w+)", text))
    with loaded("reject_rbl_client.cf", resolver, smtpd=options) as running:
        yield running


@contextmanager
def loaded(
    snippet: str,
    resolver: str,
    *,
    services: str = "",
    smtpd: str = "",
    prepare: Callable[[Path], None] = lambda _: None,
) -> Iterator[Postfix]:
    """A Postfix with the lines of `snippet` and the maps that they name.

    `services` is added to master.cf, `smtpd` to its line of the service that the world sees; `prepare` puts further
    maps into its configuration folder.
    """
    with Postfix(nameserver=resolver) as postfix:
        etc = postfix.folder / "etc"
        replaced = {
            "/etc/postfix": str(etc),
            "/var/lib/trapline/blocklist": str(etc),
            "bl.mx.example": OURS,
            "KEY.zen.dq.spamhaus.net": ZEN,
        }
        for file in (snippet, "blocklist_replies", "postscreen_replies"):
            text = (SNIPPETS / file).read_text(encoding="utf-8")
            for written, here in replaced.items():
                text = text.replace(written, here)
            with (etc / ("main.cf" if file == snippet else file)).open("a", encoding="utf-8") as target:
                target.write(text)
        master = (etc / "master.cf").read_text(encoding="utf-8")
        (etc / "master.cf").write_text(master.replace(" smtpd\n", f" smtpd{smtpd}\n", 1) + services, encoding="utf-8")
        prepare(etc)
        aged(*etc.iterdir())
        postfix.stop()
        postfix.start()
        yield postfix
        complaints = ("fatal", "unused parameter", "overriding earlier", "warning: ")
        # A busy machine may let a lookup run out of time, and a stop: that says nothing of the lines.
        busy = ("lookup error", "stopping the Postfix mail system with force")
        told = [line for line in postfix.log().splitlines() if not any(words in line for words in busy)]
        complained = [line for line in told if any(word in line for word in complaints)]
        assert complained == [], "\n".join(complained)
