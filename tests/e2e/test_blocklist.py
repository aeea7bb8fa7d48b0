"""From a trap hit by SMTP to a refusal at a person: by the milter with its file, by the milter with a zone that rbldnsd
serves, by a Postfix that asks BIND itself. All servers are real; the reporter's clock is handed in.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.dialogue import Reply, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.e2e.snippets import OURS, asking_by_itself
from tests.reporter.caught import Clock
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.named import Named, dnsbl
from tests.servers.port_53 import port_53
from tests.servers.postfix import Postfix
from tests.servers.processes import until
from tests.servers.served_list import ServedList
from trapline.config.load import load
from trapline.config.secrets import store_url
from trapline.reporter.daemon import Reporter
from trapline.traps.watch import TrapFiles

WITHIN_SECONDS = 60  # a listing is to work, and to end
TEST_POINT = "127.0.0.2"
EMPTY = f"$SOA 10 ns.x.com. hostmaster.x.com. 1 60 30 86400 10\n$DATASET ip4set:a @\n{TEST_POINT} :2:Test\n"
BOUNCE = (Path(__file__).parents[1] / "data/messages/bounce.eml").read_bytes()


@dataclass(frozen=True, slots=True)
class Lists:
    """The name servers of the blocklist, and a second MX that asks one of them."""

    named: Named
    rbldnsd: ServedList
    second: Postfix


@pytest.fixture(scope="module")
def lists() -> Iterator[Lists]:
    with ExitStack() as stack:
        named = stack.enter_context(Named({OURS: dnsbl({TEST_POINT: [TEST_POINT]})}))
        rbldnsd = stack.enter_context(ServedList(OURS, EMPTY.encode(), check_seconds=1))
        resolver = stack.enter_context(port_53(named.nameserver))
        yield Lists(named, rbldnsd, stack.enter_context(asking_by_itself(resolver)))


@dataclass(slots=True)
class Server:
    """The mail server with its reporter, and whom a client can reach Anna through."""

    mx: MailExchanger
    lists: Lists
    clock: Clock = field(default_factory=lambda: Clock(datetime.now(UTC)))

    def report(self) -> None:
        """A round of the reporter, by its own clock."""
        self.mx.settle()
        settings = load(self.mx.config, {})
        traps = TrapFiles(settings.traps)
        assert Reporter(settings, None, store_url(settings), traps, lambda _: None, clock=self.clock).once() == 0

    def hit(self, client: str, message: bytes | None = None, sender: str = SPAMMER, **options: Any) -> None:
        """A message to a trap, which is caught and taken in."""
        with self.mx.client(client, **options) as smtp:
            assert send(smtp, sender, [TRAP], message or spam()).accepted
        self.report()

    def answer(self, client: str, server: Postfix | MailExchanger | None = None) -> Reply:
        """What `client` is answered at Anna's address, here or by another server."""
        with (server or self.mx).client(client) as smtp:
            return send(smtp, "carla@harbour-letters.com", [ANNA], ordinary()).rcpt

    def wait_for(self, code: int, client: str, server: Postfix | MailExchanger | None = None) -> Reply:
        """What `client` is answered, as soon as it is `code`."""

        def answered() -> Reply | None:
            said = self.answer(client, server)
            return said if said.code == code else None

        return until(f"{code} for {client}", answered, WITHIN_SECONDS)


def settings(mx: MailExchanger, lists: Lists, **files: str) -> dict[str, Any]:
    """All that the reporter is to write, and what it is to run afterwards."""
    every = {
        "rbldnsd": str(lists.rbldnsd.file),
        "bind": str(lists.named.file(OURS)),
        "command": lists.named.reload_command(OURS),
    }
    zone = {"name": OURS, "nameservers": ["ns.quayside-mail.com"], "hostmaster": "hostmaster@quayside-mail.com"}
    zone |= {
        "ttl": "2s",
        "negative_ttl": "2s",
    }  # 60 and 10 by default: it works within a minute too, the test would not
    return {"blocklist": {"files": every | files, "zone": zone}}


@pytest.fixture
def by_file(mx: MailExchanger, lists: Lists) -> Iterator[Server]:
    """The milter reads its file; beside it a second MX has no milter."""
    with mx.settings(settings(mx, lists, milter=f"{mx.folder}/milter.bl")):
        yield Server(mx, lists)


@pytest.fixture
def by_rbldnsd(mx: MailExchanger, lists: Lists) -> Iterator[Server]:
    """The milter asks rbldnsd."""
    asked = {"domain": OURS, "action": "tempfail", "reject_codes": [3], "nameservers": [lists.rbldnsd.nameserver]}
    with mx.settings(settings(mx, lists, milter="") | {"zones": {"ours": asked}}):
        yield Server(mx, lists)


def tells_nothing(said: Reply, client: str) -> bool:
    """Whether a refusal says whom it is about, and neither what a trap is nor that Spamhaus had a part in it."""
    return client in said.text and not any(word in said.text.lower() for word in ("trap", TRAP, "spamhaus"))


def test_who_hits_a_trap_is_put_off_refused_when_he_goes_on_and_free_again_when_his_time_is_over(
    by_file: Server,
) -> None:
    """By the milter with its file, and by a Postfix without one that asks BIND."""
    client, servers = "11.0.12.1", (by_file.mx, by_file.lists.second)
    for server in servers:
        assert by_file.answer(client, server).code == 250
    by_file.hit(client)
    assert all(tells_nothing(by_file.wait_for(450, client, server), client) for server in servers)
    by_file.clock.move(minutes=5)
    by_file.hit(client)
    assert all(tells_nothing(by_file.wait_for(550, client, server), client) for server in servers)
    by_file.clock.move(hours=49)
    by_file.report()
    for server in servers:
        by_file.wait_for(250, client, server)


def test_so_it_is_where_the_milter_asks_rbldnsd(by_rbldnsd: Server) -> None:
    client = "11.0.12.2"
    assert by_rbldnsd.answer(client).code == 250
    by_rbldnsd.hit(client)
    assert tells_nothing(by_rbldnsd.wait_for(450, client), client)
    by_rbldnsd.clock.move(minutes=5)
    by_rbldnsd.hit(client)
    assert tells_nothing(by_rbldnsd.wait_for(550, client), client)
    by_rbldnsd.clock.move(hours=49)
    by_rbldnsd.report()
    by_rbldnsd.wait_for(250, client)


def test_who_is_spared_is_refused_by_nobody(by_file: Server) -> None:
    """An authenticated client, a large provider's server, a bounce; a spammer beside them shows that the list works."""
    spammer, anna, provider, bouncing = (f"11.0.13.{number}" for number in range(1, 5))
    by_file.hit(anna, login="anna")
    by_file.hit(provider, name="mail-wr1-f41.google.com")
    by_file.hit(bouncing, BOUNCE, sender="")
    by_file.hit(spammer)
    servers = (by_file.mx, by_file.lists.second)
    for server in servers:
        by_file.wait_for(450, spammer, server)
        spared = {client: by_file.answer(client, server).code for client in (anna, provider, bouncing)}
        assert spared == dict.fromkeys(spared, 250)
    assert until("rbldnsd to list the spammer", lambda: by_file.lists.rbldnsd.codes(spammer)) == {2}
    assert [by_file.lists.rbldnsd.codes(client) for client in spared] == [set()] * 3
