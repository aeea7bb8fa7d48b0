"""The milter protocol's beginning, as an MTA speaks it, tells a milter from what is none."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import milter_wire
from tests.servers.lone_milter import LoneMilter
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.values import InetListen, UnixListen
from trapline.milter.handshake import VERSION, HandshakeFailed, chosen, offer, shake_hands


@contextmanager
def saying(answer: bytes) -> Iterator[InetListen]:
    """A server that says `answer` to the first packet."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield InetListen(server.getsockname()[1], "127.0.0.1")
        thread.join()


def test_the_offer_is_the_one_that_postfix_makes() -> None:
    assert offer() == milter_wire.offer()


def test_our_milter_answers_and_logs_nothing_of_it(tmp_path: Path) -> None:
    with Rbldnsd() as dns, LoneMilter(tmp_path, dns) as milter:
        milter.daemon.wait_for_output("started")
        agreed = shake_hands(UnixListen(milter.socket), 3.0)
        log = milter.daemon.output()
    assert agreed.version == VERSION
    assert "connect" not in log


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed the connection"),
        (b"220 mx.example ESMTP\r\n", "not a milter"),
        (struct.pack("!I", 1) + b"a", "not a milter"),
        (milter_wire.packet(b"O", struct.pack("!III", 99, 0, 0)), "version 99"),
    ],
)
def test_what_is_no_milter_is_told(answer: bytes, why: str) -> None:
    with saying(answer) as listen, pytest.raises(HandshakeFailed, match=why):
        shake_hands(listen, 3.0)


def test_a_milter_that_stays_silent_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(HandshakeFailed, match="no answer within"):
        shake_hands(InetListen(deaf.getsockname()[1], "127.0.0.1"), 0.2)


def test_where_nobody_listens_the_milter_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(HandshakeFailed, match="is not running"):
        shake_hands(UnixListen(tmp_path / "milter.sock"), 1.0)


@given(st.binary(max_size=200))
def test_any_answer_is_a_version_or_a_failure(packet: bytes) -> None:
    with suppress(HandshakeFailed):
        assert 2 <= chosen(packet) <= VERSION
