"""The rules for SpamAssassin and rspamd that we ship, in a real spamd and a real rspamd that ask a real BIND."""

from collections.abc import Iterator
from importlib.resources import files
from ipaddress import ip_address

import pytest

from tests.filters.messages import HAM
from tests.servers.named import Named, dnsbl
from tests.servers.rspamd import Rspamd as RspamdServer
from tests.servers.spamd import Spamd as SpamdServer
from trapline.config.filters import Rspamd as RspamdSettings
from trapline.config.filters import Spamd as SpamdSettings
from trapline.filters.rspamd import Rspamd
from trapline.filters.scanner import Scanner, Seen
from trapline.filters.spamd import Spamd

CONFIG = files("trapline.config")
ORIGIN = "bl.quayside-mail.com"
DATE = "Sat, 21 Nov 2026 08:59:00 +0000"
WRITTEN_CLIENT = b"11.0.4.4"  # who handed HAM over, by its topmost Received line
STRANGER, FIRST, BY_LABEL, REPEATED = "11.0.9.1", "11.0.9.2", "11.0.9.3", "2e00:0:0:7::25"
LISTED = {FIRST: ["127.0.0.2"], BY_LABEL: ["127.0.0.9"], REPEATED: ["127.0.0.2", "127.0.0.3"]}


def snippet(name: str) -> str:
    """A file of ours, about the zone of these tests."""
    return (CONFIG / name).read_text(encoding="utf-8").replace("bl.mx.example", ORIGIN)


@pytest.fixture(scope="module")
def named() -> Iterator[Named]:
    with Named({ORIGIN: dnsbl(LISTED)}) as running:
        yield running


@pytest.fixture(scope="module")
def _spamassassin(named: Named) -> Iterator[Scanner]:
    more = snippet("spamassassin/trapline.cf") + "\ntrusted_networks 127.0.0.0/8\n"
    with SpamdServer(more=more, nameserver=named.nameserver) as running:
        yield Spamd(SpamdSettings.model_validate({"address": running.address}))


@pytest.fixture(scope="module")
def _rspamd(named: Named) -> Iterator[Scanner]:
    rules = f"""
        modules {{ path = "/usr/share/rspamd/plugins/rbl.lua"; }}
        rbl {{ {snippet("rspamd/rbl.conf")} }}
        group "rbl" {{ {snippet("rspamd/rbl_group.conf")} }}
    """
    with RspamdServer(rules, named.nameserver) as running:
        yield Rspamd(RspamdSettings.model_validate({"url": running.url, "controller": running.controller}), None)


@pytest.fixture(params=["_spamassassin", "_rspamd"])
def scanner(request: pytest.FixtureRequest) -> Scanner:
    """The one, then the other."""
    found: Scanner = request.getfixturevalue(request.param)
    return found


def scored(scanner: Scanner, client: str, before: str = "") -> dict[str, float]:
    """Our rules that hit a message from `client`, who says that it has it from `before`."""
    line = f"Received: from pc (pc [{before}]) by mail.harbour-notes.com with ESMTP id 1; {DATE}\r\n" if before else ""
    message = HAM.replace(WRITTEN_CLIENT, client.encode()).replace(b"From: ", line.encode() + b"From: ", 1)
    symbols = scanner.scan(message, Seen(client=ip_address(client))).symbols
    return {symbol.name.removeprefix("RCVD_IN_"): symbol.score for symbol in symbols if "TRAPLINE" in symbol.name}


def test_whom_the_list_does_not_know_scores_nothing(scanner: Scanner) -> None:
    assert scored(scanner, STRANGER) == {}


@pytest.mark.parametrize("client", [FIRST, BY_LABEL])
def test_a_first_hit_scores_a_little_whatever_its_code(scanner: Scanner, client: str) -> None:
    assert scored(scanner, client) == {"TRAPLINE": 1.5}


def test_a_second_hit_scores_more_and_not_enough_alone(scanner: Scanner) -> None:
    both = {"TRAPLINE": 1.5, "TRAPLINE_AGAIN": 2.0}
    assert scored(scanner, REPEATED) == both
    assert sum(both.values()) < 5  # what SpamAssassin calls spam; rspamd marks from 6 on


def test_an_address_that_the_sender_wrote_into_a_header_is_not_looked_up(scanner: Scanner) -> None:
    assert scored(scanner, STRANGER, before=FIRST) == {}
