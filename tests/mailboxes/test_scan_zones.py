"""The zones as a scanner: the client and the sender's domains are asked about, and nothing else of a message."""

from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address

import pytest

from tests.filters.messages import HAM, mail
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.settings import Settings
from trapline.config.values import Nameserver
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.zones import zones
from trapline.filters.scanner import FilterDownError, FilterError, Seen, UnableError
from trapline.mailboxes.scan_zones import Zones

LISTED = ip_address("11.0.0.2")
CLEAN = Seen(client=ip_address("11.0.200.1"), helo="mail.harbour-notes.com", mail_from="carla@harbour-notes.com")


@pytest.fixture(scope="module")
def server() -> Iterator[Rbldnsd]:
    with Rbldnsd() as running:
        yield running


@pytest.fixture
def engine(server: Rbldnsd) -> Iterator[Engine]:
    with closing(an_engine(server)) as running:
        yield running


def an_engine(server: Rbldnsd, timeout: float = 5.0) -> Engine:
    return Engine(zones(Settings().dqs, server.key), [Nameserver("127.0.0.1", server.port)], timeout)


def scanner(engine: Engine, tell: Callable[[str], None] = print, **settings: object) -> Zones:
    return Zones(Settings.model_validate({"milter": {"deadline_seconds": 2.0}} | settings), engine, tell)


def sender(field: str) -> bytes:
    return mail(b"hello").replace(b"Carla <carla@harbour-notes.com>", field.encode())


def test_a_listed_client_is_spam_and_the_report_says_why(engine: Engine) -> None:
    said = scanner(engine).scan(HAM, Seen(client=LISTED))
    assert (said.spam, said.score, said.threshold) == (True, 1.0, 1.0)
    assert [symbol.name for symbol in said.symbols] == ["zen 127.0.0.2"]
    assert "zen lists 11.0.0.2 (127.0.0.2)" in said.report


def test_nobody_listed_is_ham(engine: Engine) -> None:
    said = scanner(engine).scan(HAM, CLEAN)
    assert (said.spam, said.score, said.symbols) == (False, 0.0, ())


@pytest.mark.parametrize(
    "seen",
    [
        Seen(mail_from="news@mail.pillpalace-offers.com"),
        Seen(helo="mail.pillpalace-offers.com"),
    ],
)
def test_a_listed_name_of_the_senders_is_spam(engine: Engine, seen: Seen) -> None:
    assert scanner(engine).scan(HAM, seen).spam


def test_the_domain_in_from_is_asked_about_wherever_it_came_from(engine: Engine) -> None:
    for written in (
        "carla@harbour-notes.com <news@PillPalace-Offers.com>",  # a name that looks like an address
        '"Pills, Inc." <news@PillPalace-Offers.com>',
    ):
        assert scanner(engine).scan(sender(written)).spam
    assert not scanner(engine).scan(sender("x@abused-homepages.com")).spam, "an abused innocent's domain counts nowhere"


def test_a_new_domain_alone_is_half_a_reason(engine: Engine) -> None:
    said = scanner(engine).scan(sender("shop@born-yesterday-shop.com"))
    assert (said.spam, said.score) == (False, 0.5)


def test_what_is_ours_or_allowed_is_not_asked_about(engine: Engine) -> None:
    ours = {
        "ours": {"networks": ["11.0.0.2"], "domains": ["pillpalace-offers.com"]},
        "milter": {"deadline_seconds": 2.0, "allow": {"domains": [".phish-harbour.com"]}},
    }
    seen = Seen(client=LISTED, helo="mx.phish-harbour.com", mail_from="a@news.pillpalace-offers.com")
    said = scanner(engine, print, **ours).scan(sender("a@phish-harbour.com"), seen)
    assert (said.score, said.report) == (0.0, "nothing that the zones could be asked about")


def test_a_zone_that_lists_the_world_is_left_out(server: Rbldnsd) -> None:
    with Rbldnsd({"zen": {"0.0.0.0/0": "127.0.0.2"}}) as mad, closing(an_engine(mad)) as engine:
        said: list[str] = []
        careful = scanner(engine, said.append)
        assert not careful.scan(HAM, CLEAN).spam
        (line,) = said
        assert line.startswith("zones: zen is left out: it lists 127.0.0.1, which it must not")
        assert careful.scan(HAM, Seen(helo="pillpalace-offers.com")).spam, "the other zones are as good as ever"


def test_zones_that_list_nobody_are_not_used_at_all(server: Rbldnsd) -> None:
    lists_nobody = {"zen": ["127.0.0.2"], "dbl": [".dbltest.com", "dbltest.com"], "zrd": [".test", "test"]}
    useless = pytest.raises(FilterDownError, match="none of them can be used")
    with Rbldnsd(without=lists_nobody) as empty, closing(an_engine(empty)) as asked, useless:
        scanner(asked).scan(HAM, CLEAN)


def test_a_zone_that_does_not_answer_calls_nothing_ham(server: Rbldnsd) -> None:
    with closing(an_engine(server, timeout=0.3)) as engine:
        asking = scanner(engine, milter={"deadline_seconds": 0.3})
        asking.scan(HAM, CLEAN)
        server.pause()
        try:
            with pytest.raises(FilterError, match="did not answer: timeout") as raised:
                asking.scan(HAM, Seen(helo="mail.other-notes.com"))
        finally:
            server.resume()
    assert server.key not in str(raised.value)


def test_they_can_not_be_taught(engine: Engine) -> None:
    with pytest.raises(UnableError, match="can't be taught"):
        scanner(engine).learn(HAM, "spam")


@pytest.mark.parametrize(
    "message", [b"", b"From\xff: \x00", b"From: " + b"a@b," * 50_000, b"From: =?x?q?=00?= <@>\n\n"]
)
def test_any_message_can_be_scanned(engine: Engine, message: bytes) -> None:
    assert not scanner(engine).scan(message).spam
