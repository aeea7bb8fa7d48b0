"""The port of the metrics: bounded in number and time, whoever reads or does not."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry

from tests.servers.processes import free_port, until
from trapline.config.errors import ConfigError
from trapline.config.values import LoopbackListen
from trapline.milter import scrapes
from trapline.milter.scrapes import MAX_CONNECTIONS, ScrapeServer


@pytest.fixture
def listen() -> LoopbackListen:
    return LoopbackListen("127.0.0.1", free_port())


@pytest.fixture
def server(listen: LoopbackListen) -> Iterator[ScrapeServer]:
    running = ScrapeServer(listen, CollectorRegistry())
    running.start()
    yield running
    running.close()
    until("its threads to end", lambda: not [one for one in threading.enumerate() if "process_request" in one.name])


def dial(listen: LoopbackListen) -> socket.socket:
    return socket.create_connection((listen.address, listen.port), timeout=10)


def closed(one: socket.socket) -> bool:
    """Whether the server has closed; waits for it."""
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


def status(listen: LoopbackListen) -> int:
    with urlopen(f"http://{listen}/metrics", timeout=10) as response:
        code: int = response.status
        return code


def test_ipv6_works_too() -> None:
    listen = LoopbackListen("::1", free_port())
    server = ScrapeServer(listen, CollectorRegistry())
    server.start()
    try:
        assert status(listen) == 200
    finally:
        server.close()


def test_whoever_connects_and_says_nothing_is_cut_off(
    server: ScrapeServer, listen: LoopbackListen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrapes, "MAX_SECONDS", 0.5)
    began = time.monotonic()
    with dial(listen) as silent:
        assert closed(silent)
    assert 0.4 < time.monotonic() - began < 5


def test_whoever_drips_is_cut_off_as_well(
    server: ScrapeServer, listen: LoopbackListen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrapes, "MAX_SECONDS", 0.5)
    with dial(listen) as slow:

        def cut_off() -> bool:
            try:
                slow.sendall(b"x")
            except ConnectionError:
                return True
            return False

        until("the server to hang up", cut_off, seconds=5)


def test_one_connection_too_many_is_closed_and_there_is_room_again_later(
    server: ScrapeServer, listen: LoopbackListen
) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            stack.enter_context(dial(listen))
        until("all to be accepted", lambda: len(server._open) == MAX_CONNECTIONS)
        with dial(listen) as one_too_many:
            assert closed(one_too_many)
    until("room", lambda: not server._open)
    assert status(listen) == 200


def test_a_port_that_is_taken_is_an_error_of_the_configuration(server: ScrapeServer, listen: LoopbackListen) -> None:
    with pytest.raises(ConfigError, match=rf"milter\.metrics: cannot listen on {listen}: Address already in use"):
        ScrapeServer(listen, CollectorRegistry())


def test_a_client_that_goes_away_leaves_no_word(
    server: ScrapeServer, listen: LoopbackListen, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with dial(listen) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # RST instead of FIN
            rude.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        until("it to be forgotten", lambda: not server._open)
    assert status(listen) == 200
    assert caplog.text == capsys.readouterr().err == ""
