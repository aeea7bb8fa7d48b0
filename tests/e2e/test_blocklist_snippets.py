"""The lines for Postfix that use the local blocklist without the milter, in a real Postfix that asks a real BIND."""

import os
import re
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from tests.e2e.dialogue import Reply, send
from tests.e2e.messages import ordinary
from tests.servers.named import Named, dnsbl
from tests.servers.port_53 import port_53
from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import aged, free_port, program

SNIPPETS = Path(str(files("trapline.config") / "postfix"))
ANNA, SENDER = f"anna@{DOMAIN}", "carla@harbour-letters.com"
OURS, ZEN, DNSWL = f"bl.{DOMAIN}", "k3ycanary.zen.dq.spamhaus.net", "list.dnswl.org"
STRANGER, FIRST, REPEATED, IN_ZEN, IN_BOTH, VOUCHED_FOR = (f"11.0.9.{number}" for number in range(1, 7))
WHEN = "2026-11-21 09:31"  # what the zone says of a hit: whoever sent that message would know the trap

TWICE = ("127.0.0.2", "127.0.0.3")
LISTED: dict[str, Sequence[str]] = {FIRST: TWICE[:1], **dict.fromkeys((REPEATED, IN_BOTH, VOUCHED_FOR), TWICE)}
ZONES = {
    OURS: dnsbl(LISTED, text=WHEN),
    ZEN: dnsbl(dict.fromkeys((IN_ZEN, IN_BOTH, VOUCHED_FOR), ("127.0.0.4",))),
    DNSWL: dnsbl({VOUCHED_FOR: ["127.0.5.2"]}),
}


@pytest.fixture(scope="module")
def named() -> Iterator[Named]:
    with Named(ZONES) as running:
        yield running


@pytest.fixture(scope="module")
def resolver(named: Named) -> Iterator[str]:
    with port_53(named.nameserver) as address:
        yield address


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
        complaints = ("fatal", "unused parameter", "warning: ", "overriding earlier")
        assert [line for line in postfix.log().splitlines() if any(word in line for word in complaints)] == []


def answer(postfix: Postfix, client: str) -> Reply:
    """What `client` is answered at Anna's address."""
    with postfix.client(client) as smtp:
        return send(smtp, SENDER, [ANNA], ordinary()).rcpt


@pytest.fixture(scope="module")
def asking(resolver: str) -> Iterator[Postfix]:
    """With reject_rbl_client.cf, and what it says for master.cf."""
    text = (SNIPPETS / "reject_rbl_client.cf").read_text(encoding="utf-8")
    options = "".join(f" -o {option}" for option in re.findall(r"smtp/inet/(\w+=\w+)", text))
    with loaded("reject_rbl_client.cf", resolver, smtpd=options) as running:
        yield running


def test_whom_the_list_does_not_know_gets_through(asking: Postfix) -> None:
    assert answer(asking, STRANGER).code == 250


def test_a_first_hit_delays_mail_and_a_second_one_refuses_it(asking: Postfix) -> None:
    assert str(answer(asking, FIRST)).startswith("450 4.7.1 ")
    assert str(answer(asking, REPEATED)).startswith("550 5.7.1 ")


@pytest.mark.parametrize("client", [FIRST, REPEATED])
def test_the_reply_tells_neither_when_the_hit_was_nor_anything_of_a_trap(asking: Postfix, client: str) -> None:
    text = answer(asking, client).text
    assert client in text
    assert "https://mx.example/refused" in text
    assert WHEN not in text
    assert "trap" not in text.lower()


def test_a_listing_works_though_the_client_was_let_through_before_and_so_does_its_end(
    asking: Postfix, named: Named
) -> None:
    """An smtpd never forgets what it was told; that it ends after a few sessions is what the snippet is for."""
    newcomer = "11.0.9.77"
    assert answer(asking, newcomer).code == 250
    named.replace(OURS, dnsbl(LISTED | {newcomer: ["127.0.0.2"]}, serial=2, text=WHEN))
    assert 450 in [answer(asking, newcomer).code for _ in range(5)]
    named.replace(OURS, dnsbl(LISTED, serial=3, text=WHEN))
    assert 250 in [answer(asking, newcomer).code for _ in range(5)]


def write(etc: Path, listed: Mapping[str, str], ago: int) -> None:
    """The map for check_client_access, as blocklist.files.postmap has it written, `ago` seconds.

    smtpd tells changes by the second: two in one would be one.
    """
    source = etc / "clients"
    source.write_text("".join(f"{client}\t{reply}\n" for client, reply in listed.items()))
    subprocess.run([program("postmap"), f"hash:{source}"], check=True, timeout=20)
    then = time.time() - ago
    os.utime(f"{source}.db", (then, then))


def test_a_running_smtpd_notices_who_is_in_the_map_and_who_no_more(resolver: str) -> None:
    with loaded("check_client_access.cf", resolver, prepare=lambda etc: write(etc, {}, ago=50)) as postfix:
        etc = postfix.folder / "etc"
        assert answer(postfix, FIRST).code == 250
        replies = {FIRST: "450 4.7.1 Spam came", REPEATED: "550 5.7.1 Spam came", "2e00:1:2:3": "450 4.7.1 Spam came"}
        write(etc, replies, ago=40)
        assert str(answer(postfix, FIRST)).startswith("450 4.7.1 ")
        assert str(answer(postfix, REPEATED)).startswith("550 5.7.1 ")
        assert answer(postfix, "2e00:1:2:3:4:5:6:25").code == 450
        assert answer(postfix, STRANGER).code == 250
        write(etc, {}, ago=30)
        assert answer(postfix, FIRST).code == 250


POSTSCREEN = """
127.0.0.1:{port} inet n - n - 1 postscreen
    -o postscreen_upstream_proxy_protocol=haproxy
    -o postscreen_greet_wait=1s
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
"""


class ThroughProxy(smtplib.SMTP):
    """A session that a proxy in front of postscreen says to be another client's (PROXY protocol, version 1)."""

    def __init__(self, client: str) -> None:
        super().__init__(timeout=30, local_hostname="mail.harbour-letters.com")
        self._client = client

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        connection.sendall(f"PROXY TCP4 {self._client} 127.0.0.1 40000 25\r\n".encode())
        return connection


@pytest.fixture(scope="module")
def screened(resolver: str) -> Iterator[int]:
    """The port of a postscreen with postscreen.cf."""
    port = free_port()
    with loaded("postscreen.cf", resolver, services=POSTSCREEN.format(port=port)):
        yield port


def answer_behind(port: int, client: str) -> Reply:
    """What `client` is answered at Anna's address by a postscreen."""
    smtp = ThroughProxy(client)
    smtp.connect("127.0.0.1", port)
    with smtp:
        smtp.ehlo()
        return send(smtp, SENDER, [ANNA], ordinary()).rcpt


def test_for_postscreen_no_list_decides_alone(screened: int) -> None:
    clients = (STRANGER, FIRST, REPEATED, IN_ZEN)
    with ThreadPoolExecutor(len(clients)) as pool:  # each waits a second for the greeting
        answers = pool.map(lambda client: answer_behind(screened, client).code, clients)
        assert dict(zip(clients, answers, strict=True)) == dict.fromkeys(clients, 250)


def test_for_postscreen_two_lists_decide_and_the_reply_has_no_key_in_it(screened: int) -> None:
    said = answer_behind(screened, IN_BOTH)
    assert said.code == 550
    assert "using zen.spamhaus.org" in said.text
    assert ZEN.partition(".")[0] not in said.text


def test_postscreen_lets_through_who_is_listed_and_vouched_for(screened: int) -> None:
    assert answer_behind(screened, VOUCHED_FOR).code == 250
