"""The client of rspamd, against the real one with its Redis; and against servers that are none."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from threading import Event, Thread

import pytest

from tests.filters.messages import HAM, SPAM, advertising
from tests.servers.broken_http import listener
from tests.servers.portal_http import Answer, Request, Server
from tests.servers.processes import free_port
from tests.servers.rspamd import PASSWORD
from tests.servers.rspamd import Rspamd as RealRspamd
from trapline.config.filters import Rspamd as Settings
from trapline.filters.rspamd import MAX_ANSWER_BYTES, Rspamd
from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Seen, TooLargeError, UnableError


def client(server: RealRspamd, password: str | None = PASSWORD) -> Rspamd:
    return Rspamd(Settings(url=server.url, controller=server.controller), password)


def test_spam_is_told_from_ham(rspamd: RealRspamd) -> None:
    said = client(rspamd).scan(SPAM)
    assert said.spam
    assert [symbol.name for symbol in said.symbols] == ["GTUBE"]
    assert said.report.startswith("rspamd: reject, score 15.00")
    assert not client(rspamd).scan(HAM).spam


def test_a_lesson_is_seen_in_its_own_statistics(rspamd: RealRspamd) -> None:
    teacher, before = client(rspamd), rspamd.learned()
    assert teacher.learn(advertising(1), "spam") is Learnt.LEARNT
    assert teacher.learn(advertising(1), "spam") is Learnt.NOTHING_NEW
    assert rspamd.learned() == before + 1
    assert teacher.learn(advertising(1), "ham") is Learnt.LEARNT
    assert rspamd.learned() == before + 2


def test_what_has_too_few_words_is_said_to_be_too_short(rspamd: RealRspamd) -> None:
    assert client(rspamd).learn(b"Subject: hi\r\n\r\nhello\r\n", "spam") is Learnt.TOO_SHORT


def test_without_the_password_it_says_where_to_put_it_and_the_password_is_in_no_error(rspamd: RealRspamd) -> None:
    for password in (None, PASSWORD + "x"):
        with pytest.raises(FilterDownError, match="password_file") as raised:
            client(rspamd, password).learn(advertising(2), "spam")
        assert PASSWORD not in str(raised.value)


def test_the_two_workers_mixed_up_are_told_so(rspamd: RealRspamd) -> None:
    mixed = Rspamd(Settings(url=rspamd.controller, controller=rspamd.url), PASSWORD)
    with pytest.raises(FilterDownError, match="mixed up"):
        mixed.learn(advertising(2), "spam")


def test_it_has_no_way_to_forget_and_says_what_to_do(rspamd: RealRspamd) -> None:
    with pytest.raises(UnableError, match="teach it the opposite"):
        client(rspamd).forget(advertising(1))


def test_a_message_over_the_bound_is_not_sent() -> None:
    with pytest.raises(TooLargeError, match="max_bytes"):
        Rspamd(Settings(max_bytes=10), None).scan(HAM)


def test_a_proxy_of_the_environment_gets_no_message(rspamd: RealRspamd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert client(rspamd).scan(SPAM).spam


def test_where_nobody_listens_the_url_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(FilterDownError, match=url):
        Rspamd(Settings(url=url), None).scan(HAM)


@contextmanager
def answering(answer: Callable[[Request], Answer], **settings: object) -> Iterator[Rspamd]:
    """A client of a server that answers so."""
    server = Server(answer, 0, verbose=False)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Rspamd(Settings.model_validate({"url": url, "controller": url, **settings}), PASSWORD)
    finally:
        server.shutdown()
        thread.join()
        server.cut_connections()
        server.server_close()


def test_it_is_told_what_we_saw_of_the_transaction_and_nothing_that_does_not_fit_a_line() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Answer:
        asked.append(request)
        return Answer(200, {}, b'{"action": "no action", "score": 0}')

    with answering(answer) as rspamd:
        rspamd.scan(HAM, Seen(client=ip_address("11.0.4.4"), helo="mail\r\nPassword: x", mail_from="carla@notes.com"))
    (request,) = asked
    assert (request.path, request.body) == ("/checkv2", HAM)
    assert (request.headers["ip"], request.headers["from"]) == ("11.0.4.4", "carla@notes.com")
    assert {"helo", "password", "authorization"}.isdisjoint(request.headers), "a scan needs no password"


def test_one_that_says_yes_and_learns_nothing_is_not_believed(rspamd: RealRspamd) -> None:
    with pytest.raises(FilterError, match="learned nothing"):
        client(rspamd).learn(SPAM, "spam")  # GTUBE is not learned from; a rspamd without a Redis learns from nothing


def test_what_a_filter_wrapped_is_learned_as_it_was() -> None:
    taught: list[bytes] = []

    def answer(request: Request) -> Answer:
        if request.path == "/stat":
            return Answer(200, {}, b'{"learned": %d}' % len(taught))
        taught.append(request.body)
        return Answer(200, {}, b'{"success": true}')

    with answering(answer) as rspamd:
        rspamd.learn(b"X-Spam: Yes\r\nX-Rspamd-Server: mx\r\n" + HAM, "ham")
    assert taught == [HAM]


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_configured() -> None:
    asked_enough = Event()

    def answer(_: Request) -> Answer:
        asked_enough.wait(20)
        return Answer(500)

    with answering(answer, timeout_seconds=0.2) as rspamd:
        with pytest.raises(FilterError, match=r"no answer within 0\.2 s"):
            rspamd.scan(HAM)
        asked_enough.set()


def test_a_host_that_cannot_be_reached_is_down_and_no_message_is_to_blame() -> None:
    """As one behind a VPN that is not up: what is sent there is lost."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as queue:
        for _ in range(3):  # it accepts nobody, and has no room for more
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(FilterDownError, match=url):
            Rspamd(Settings(url=url, controller=url, timeout_seconds=0.6), None).scan(HAM)


@pytest.mark.parametrize("behave", ["silent", "drips", "drips headers"])
def test_a_server_that_does_not_come_to_an_end_is_waited_for_no_longer_either(behave: str) -> None:
    began = time.monotonic()
    with listener(behave) as url, pytest.raises(FilterError, match=r"no answer within 0\.3 s"):
        Rspamd(Settings(url=url, controller=url, timeout_seconds=0.3), None).scan(HAM)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.without_json(), "is filters.rspamd.url right"),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}, b""), "HTTP 302"),
        (Answer(302, {"Location": "http://no-utf-8.\xfc/"}, b""), "HTTP 302"),
        (Answer(200, {}, b" " * (MAX_ANSWER_BYTES + 1)), "more than"),
    ],
)
def test_what_is_no_answer_of_rspamds_is_an_error(answer: Answer, words: str) -> None:
    with answering(lambda _: answer) as rspamd, pytest.raises(FilterError, match=words):
        rspamd.scan(HAM)
