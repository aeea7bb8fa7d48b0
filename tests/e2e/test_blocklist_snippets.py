"""The lines for Postfix that use the local blocklist without the milter, in a real Postfix that asks a real BIND."""

import smtplib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.blocklist.entries import ANSWERS, STAMP, ZONE, entry, table
from tests.e2e.dialogue import Reply, send
from tests.e2e.messages import ordinary
from tests.e2e.snippets import OURS, ZEN, asking_by_itself, loaded
from tests.servers.named import Named, dnsbl
from tests.servers.port_53 import port_53
from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import free_port
from trapline.blocklist.access_map import access_map
from trapline.blocklist.bind import bind
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import written
from trapline.blocklist.spliced import SplicedFile
from trapline.reporter.listing.postmap import Postmap

ANNA, SENDER = f"anna@{DOMAIN}", "carla@harbour-letters.com"
DNSWL = "list.dnswl.org"
STRANGER, FIRST, REPEATED, IN_ZEN, IN_BOTH, VOUCHED_FOR = (f"11.0.9.{number}" for number in range(1, 7))
REPEATED6 = "2e00:1:2:3:4:5:6:25"  # listed by its /64
DAY = "2026-11-21"  # of the last spam, as the zone's TXT has it

LISTED = (
    entry(f"{FIRST}/32"),
    *(entry(f"{client}/32", repeated=True) for client in (REPEATED, IN_BOTH, VOUCHED_FOR)),
    entry("2e00:1:2:3::/64", repeated=True),
)


def zone(serial: int, *more: Entry) -> str:
    """The list as the reporter writes it for BIND."""
    form = bind(ANSWERS, replace(ZONE, name=OURS))
    return b"".join(written(form, table(*LISTED, *more), replace(STAMP, serial=serial))).decode()


ZONES = {
    OURS: zone(1),
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


def answer(postfix: Postfix, client: str) -> Reply:
    """What `client` is answered at Anna's address."""
    with postfix.client(client) as smtp:
        return send(smtp, SENDER, [ANNA], ordinary()).rcpt


@pytest.fixture(scope="module")
def asking(resolver: str) -> Iterator[Postfix]:
    """With reject_rbl_client.cf."""
    with asking_by_itself(resolver) as running:
        yield running


def test_whom_the_list_does_not_know_gets_through(asking: Postfix) -> None:
    assert answer(asking, STRANGER).code == 250


def test_a_first_hit_delays_mail_and_a_second_one_refuses_it(asking: Postfix) -> None:
    assert str(answer(asking, FIRST)).startswith("450 4.7.1 ")
    for client in (REPEATED, REPEATED6):
        assert str(answer(asking, client)).startswith("550 5.7.1 ")


@pytest.mark.parametrize("client", [FIRST, REPEATED])
def test_the_reply_tells_neither_when_the_hit_was_nor_anything_of_a_trap(asking: Postfix, client: str) -> None:
    text = answer(asking, client).text
    assert client in text
    assert "https://mx.example/refused" in text
    assert DAY not in text
    assert "trap" not in text.lower()


def test_a_listing_works_though_the_client_was_let_through_before_and_so_does_its_end(
    asking: Postfix, named: Named
) -> None:
    """An smtpd never forgets what it was told; that it ends after a few sessions is what the snippet is for."""
    newcomer = "11.0.9.77"
    assert answer(asking, newcomer).code == 250
    named.replace(OURS, zone(2, entry(f"{newcomer}/32")))
    assert 450 in [answer(asking, newcomer).code for _ in range(5)]
    named.replace(OURS, zone(3))
    assert 250 in [answer(asking, newcomer).code for _ in range(5)]


def test_a_running_smtpd_notices_who_is_in_the_map_and_who_no_more(resolver: str) -> None:
    files: list[SplicedFile] = []

    def write(etc: Path, serial: int, *listed: Entry) -> None:
        """As the reporter does it, with the map that postmap makes of it."""
        files[:] = files or [SplicedFile(etc / "clients", access_map(ANSWERS), 0o644, Postmap())]
        assert files[0].update(table(*listed), replace(STAMP, serial=serial))

    with loaded("check_client_access.cf", resolver, prepare=lambda etc: write(etc, 1)) as postfix:
        etc = postfix.folder / "etc"
        assert answer(postfix, FIRST).code == 250
        write(etc, 2, *LISTED)
        assert str(answer(postfix, FIRST)).startswith("450 4.7.1 ")
        for client in (REPEATED, REPEATED6):
            assert str(answer(postfix, client)).startswith("550 5.7.1 ")
        assert answer(postfix, STRANGER).code == 250
        write(etc, 3)
        assert answer(postfix, FIRST).code == 250


# What the lists say counts where it comes before the greeting (6 s by default); a busy machine needs more than one.
POSTSCREEN = """
127.0.0.1:{port} inet n - n - 1 postscreen
    -o postscreen_upstream_proxy_protocol=haproxy
    -o postscreen_greet_wait=3s
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
    with ThreadPoolExecutor(len(clients)) as pool:  # each waits for the greeting
        answers = pool.map(lambda client: answer_behind(screened, client).code, clients)
        assert dict(zip(clients, answers, strict=True)) == dict.fromkeys(clients, 250)


def test_for_postscreen_two_lists_decide_and_the_reply_has_no_key_in_it(screened: int) -> None:
    said = answer_behind(screened, IN_BOTH)
    assert said.code == 550
    assert "using zen.spamhaus.org" in said.text
    assert ZEN.partition(".")[0] not in said.text


def test_postscreen_lets_through_who_is_listed_and_vouched_for(screened: int) -> None:
    assert answer_behind(screened, VOUCHED_FOR).code == 250
