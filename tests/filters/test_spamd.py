"""The client of spamd, against the real one; and against servers that are none."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.filters.messages import GTUBE, HAM, SPAM, advertising
from tests.servers.processes import free_port
from tests.servers.scripted_spamd import ScriptedSpamd
from tests.servers.spamd import Spamd as Server
from trapline.config.filters import Spamd as Settings
from trapline.filters.scanner import FilterDownError, FilterError, Learnt, TooLargeError
from trapline.filters.spamd import MAX_ANSWER_BYTES, Spamd


def client(address: str, **settings: object) -> Spamd:
    return Spamd(Settings.model_validate({"address": address, **settings}))


def test_spam_is_told_from_ham_with_score_symbols_and_report(spamd: Server) -> None:
    said = client(spamd.address).scan(SPAM)
    assert (said.spam, said.threshold) == (True, 5.0)
    assert said.score >= 999
    assert {symbol.name: symbol.score for symbol in said.symbols}["GTUBE"] == 1000.0
    assert "Generic Test for Unsolicited Bulk Email" in said.report


def test_ham_is_left(spamd: Server) -> None:
    said = client(spamd.address, user="anna@quayside-mail.com").scan(HAM)
    assert not said.spam
    assert said.score < 5.0


def test_a_lesson_is_seen_in_its_own_statistics_and_can_be_taken_back(spamd: Server) -> None:
    teacher, before = client(spamd.address), spamd.learned()
    assert teacher.learn(advertising(1), "spam") is Learnt.LEARNT
    assert teacher.learn(advertising(1), "spam") is Learnt.NOTHING_NEW
    assert teacher.learn(advertising(1), "ham") is Learnt.LEARNT
    assert spamd.learned() == {"spam": before["spam"], "ham": before["ham"] + 1}
    assert teacher.forget(advertising(1)) is Learnt.LEARNT
    assert spamd.learned() == before
    assert teacher.forget(advertising(1)) is Learnt.NOTHING_NEW


def test_what_a_filter_wrapped_is_learned_as_it_was() -> None:
    said = b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n"
    with ScriptedSpamd(lambda _: said) as scripted:
        client(scripted.address).learn(b"X-Spam-Flag: YES\r\nX-Spam-Status: Yes\r\n" + HAM, "ham")
    assert [request.partition(b"\r\n\r\n")[2] for request in scripted.requests] == [HAM]


def test_it_is_asked_as_the_user_of_the_settings() -> None:
    with ScriptedSpamd(lambda _: b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n") as scripted:
        for settings in ({"user": "anna"}, {}):
            client(scripted.address, **settings).learn(HAM, "ham")
    heads = [request.partition(b"\r\n\r\n")[0].split(b"\r\n") for request in scripted.requests]
    assert [b"User: anna" in head for head in heads] == [True, False]


def test_a_spamd_that_takes_no_lessons_is_told_how_it_would() -> None:
    with Server(learns=False) as running, pytest.raises(FilterDownError, match="--allow-tell"):
        client(running.address).learn(SPAM, "spam")


def test_a_message_over_the_bound_is_not_sent() -> None:
    with pytest.raises(TooLargeError, match="max_bytes"):
        client("127.0.0.1:1", max_bytes=10).scan(HAM)


def test_where_nobody_listens_the_setting_is_named(tmp_path: Path) -> None:
    for address in (f"127.0.0.1:{free_port()}", f"unix:{tmp_path}/spamd.sock"):
        with pytest.raises(FilterDownError, match=r"filters\.spamd\.address"):
            client(address).scan(HAM)


def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    said = b"SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -1.5 / 5.0\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "spamd.sock"))
        with serving(listener, lambda connection: connection.sendall(said)):
            assert client(f"unix:{tmp_path}/spamd.sock").scan(HAM).score == -1.5


@contextmanager
def serving(listener: socket.socket, act: Callable[[socket.socket], None]) -> Iterator[None]:
    """Whoever connects is read to the end, and then `act` is done to him; once."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65_536):
                pass
            act(connection)

    listener.listen()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does this to the one who asks."""
    with socket.create_server(("127.0.0.1", 0)) as listener, serving(listener, act):
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_configured() -> None:
    asked_enough = threading.Event()

    def silent(_: socket.socket) -> None:
        asked_enough.wait(20)

    with answering(silent) as address:
        with pytest.raises(FilterError, match=r"no answer within 0\.2 s"):
            client(address, timeout_seconds=0.2).scan(HAM)
        asked_enough.set()


def test_connecting_sending_and_waiting_take_no_longer_together() -> None:
    """A busy spamd: a second for the connection, which the system tries again then, and nobody reads the message."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as queue:
        for _ in range(3):  # there is no room for another one
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())

        def leave() -> None:
            queue.close()
            listener.accept()[0].close()

        leaving = threading.Timer(0.3, leave)
        leaving.start()
        began = time.monotonic()
        with pytest.raises(FilterError, match=r"no answer within 1\.8 s"):
            client(f"127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=1.8, max_bytes=20_000_000).scan(
                bytes(20_000_000)
            )
        assert time.monotonic() - began < 2.5
        leaving.join()


def test_an_answer_that_does_not_end_is_cut() -> None:
    def endless(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(bytes(65_536))
        except OSError:
            pass

    with answering(endless) as address, pytest.raises(FilterError, match=str(MAX_ANSWER_BYTES)):
        client(address).scan(HAM)


def test_one_that_hangs_up_fails_this_message_alone() -> None:
    with answering(lambda _: None) as address, pytest.raises(FilterError, match="without an answer") as raised:
        client(address).scan(HAM)
    assert not isinstance(raised.value, FilterDownError)


def test_the_letter_itself_never_stands_in_an_error() -> None:
    with answering(lambda peer: peer.sendall(SPAM)) as address, pytest.raises(FilterDownError) as raised:
        client(address).scan(SPAM)
    assert GTUBE.decode() not in str(raised.value)
