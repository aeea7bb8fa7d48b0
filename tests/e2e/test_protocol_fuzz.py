"""Hostile input over the milter's real socket: it survives, serves the next session, and its memory stays bounded.

Postfix would send none of this; whoever gets at the socket might. After each test an ordinary trap message is caught,
nothing half-written lies in the spool, and no callback has raised.
"""

import random
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers import milter_wire as wire
from tests.servers.lone_milter import DOMAIN, MESSAGE, PERSON, STRANGER, TRAP, LoneMilter
from tests.servers.milter_client import CONTINUE, Answer, Hung, MilterClient
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd

MOST_MB = 40  #: that any of this may add to the resident memory; 100,000 recipients included
RECIPIENTS = 100_000
BATCH = 50  #: events that are sent before their answers are read: few enough for the socket's buffer


class Running(LoneMilter):
    """The milter, and what the tests look at."""

    def resident_mb(self) -> float:
        lines = Path(f"/proc/{self.daemon.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def half_written(self) -> list[Path]:
        return list((self.spool / "tmp").iterdir())

    def catches(self) -> bool:
        """Whether an ordinary session is served as ever; one that was thrown before may be stored beside it."""
        mark = secrets.token_hex(8).encode()
        before = set(self.stored())
        with self.client() as client:
            assert begin(client) == CONTINUE
            assert client.rcpt(TRAP) == CONTINUE
            assert client.data() == CONTINUE
            answer = client.message(MESSAGE + mark + b"\r\n")
        caught = [path for path in self.stored() if path not in before and mark in path.read_bytes()]
        return answer.verdict == "discard" and len(caught) == 1

    def throw(self, octets: bytes) -> None:
        """Open a connection, say `octets`, and hang up when the milter has either answered or closed."""
        client = self.client()
        client.dial()
        client.socket.settimeout(0.01)
        with client.socket, suppress(OSError, Hung):
            client.send(octets)
            while True:
                client.receive()


def begin(client: MilterClient) -> Answer:
    """From connect to MAIL."""
    client.connect(STRANGER)
    client.helo("mail.harbour-news.com")
    return client.mail("news@harbour-news.com")


def packets(*events: tuple[bytes, bytes]) -> bytes:
    """An offer, and then these events, whatever their order."""
    return wire.offer() + b"".join(wire.packet(command, data) for command, data in events)


CONNECT = (b"C", wire.client(STRANGER))
HELO = (b"H", wire.strings("mail.harbour-news.com"))
MAIL = (b"M", wire.strings("<news@harbour-news.com>"))
RCPT = (b"R", wire.strings(f"<{TRAP}>"))
DATA = (b"T", b"")
HEADER = (b"L", wire.strings("Subject", " An offer"))
BODY = (b"B", b"Buy now.\r\n")
END = (b"E", b"")
ABORT = (b"A", b"")
QUIT = (b"Q", b"")
SESSION = (CONNECT, HELO, MAIL, RCPT, DATA, HEADER, BODY, END)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Rbldnsd() as dns, Running(tmp_path_factory.mktemp("fuzz"), dns) as milter:
        yield milter


@pytest.fixture
def milter(running: Running) -> Iterator[Running]:
    """The milter; what must hold after any of these tests is checked at its end."""
    assert running.catches()
    pid, memory, said = running.daemon.pid, running.resident_mb(), len(running.daemon.output())
    yield running
    assert running.daemon.running
    assert running.daemon.pid == pid
    assert running.catches()
    until("nothing half-written in the spool", lambda: not running.half_written())
    assert running.resident_mb() - memory < MOST_MB
    log = running.daemon.output()[said:]
    assert "Traceback" not in log, log
    assert "defect in" not in log, log


def test_a_session_that_breaks_off_anywhere(milter: Running) -> None:
    stored = len(milter.stored())
    whole = packets(*SESSION)
    for end in range(0, len(whole) - 1, 5):
        milter.throw(whole[:end])
    assert len(milter.stored()) == stored, "a message without its end is not stored"


@pytest.mark.parametrize("length", [0, 2, 65_536, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("command", [b"O", b"C", b"H", b"M", b"R", b"L", b"B", b"D"])
def test_lengths_that_lie(milter: Running, command: bytes, length: int) -> None:
    for before in (b"", packets(CONNECT), packets(CONNECT, HELO, MAIL, RCPT, DATA)):
        milter.throw(before + struct.pack("!I", length) + command + b"x" * 32)


def test_events_in_any_order(milter: Running) -> None:
    for first in SESSION:
        for second in (*SESSION, ABORT, QUIT):
            milter.throw(packets(first, second, second))
            milter.throw(packets(CONNECT, HELO, MAIL, RCPT, first, second, *SESSION))


def test_commands_that_do_not_exist(milter: Running) -> None:
    for number in range(256):
        milter.throw(packets(CONNECT, (bytes((number,)), b"\0" * 16)))


def test_an_offer_that_makes_no_sense(milter: Running) -> None:
    for octets in (b"", b"\0" * 11, b"\xff" * 12, struct.pack("!III", 1, 0, 0), struct.pack("!III", 6, 0x1FF, 0) * 9):
        milter.throw(wire.packet(b"O", octets) + packets(*SESSION))
    milter.throw(packets(*SESSION).removeprefix(wire.offer()))


@pytest.mark.parametrize("event", SESSION, ids=lambda event: event[0].decode())
def test_texts_without_their_nul_and_with_too_many(milter: Running, event: tuple[bytes, bytes]) -> None:
    command, data = event
    before = SESSION[: SESSION.index(event)]
    for octets in (b"", b"\0", b"\0" * 5000, data.rstrip(b"\0"), data + data, data.replace(b"a", b"\0"), b"\xff" * 9):
        milter.throw(packets(*before, (command, octets), *SESSION))


def test_a_client_address_that_is_none(milter: Running) -> None:
    for kind in (b"4", b"6", b"L", b"U", b"\0", b"x"):
        for address in (b"", b"999.1.2.3", b"::g", b"[11.0.1.7]", b"1" * 3000, b"\xff\xfe"):
            octets = b"name\0" + kind + b"\0\x19" + address + b"\0"
            milter.throw(packets((b"C", octets), *SESSION[1:]))


def test_a_helo_of_64_kib(milter: Running) -> None:
    with milter.client() as client:
        client.connect(STRANGER)
        assert client.helo("a" * 65_000) == CONTINUE
        assert client.helo("x." * 32_000 + "com") == CONTINUE
        assert client.mail("news@" + "y." * 30_000 + "com") == CONTINUE
        assert client.rcpt("z" * 60_000 + "@" + DOMAIN) == CONTINUE
        assert client.rcpt(PERSON) == CONTINUE


def test_thousands_of_long_names_that_all_differ(milter: Running) -> None:
    """What is remembered of names is bounded in number, and so must be the length of each."""
    with milter.client() as client:
        client.connect(STRANGER)
        for number in range(2500):
            long = f"{number:04}x" * 5000
            client.helo(f"{long}.com")
            client.mail(f"{long}@{long}.com")
            assert client.rcpt(f"{long}@{DOMAIN}") == CONTINUE


def test_octets_that_are_no_utf_8(milter: Running) -> None:
    bad = b"\xff\xfe\xc3("
    said = len(milter.daemon.output())
    with milter.client(**{"{auth_type}": bad, "i": bad, "{rcpt_mailer}": bad}) as client:
        client.connect(STRANGER)
        assert client.helo(bad + b".com") == CONTINUE
        assert client.mail(bad + b"@" + bad + b".com") == CONTINUE
        assert client.rcpt(bad + b"@" + DOMAIN.encode()) == CONTINUE
        assert client.rcpt(TRAP) == CONTINUE
        assert client.data() == CONTINUE
        client.header(bad, bad)
        client.header(b"Subject", bad + b"\n\t" + bad)
        client.end_of_headers()
        client.body(bad)
        assert client.end().verdict in {"discard", "continue"}
    log = milter.daemon.output()[said:]
    assert "WARNING a HELO that is no UTF-8 is not looked at" in log
    assert "UnicodeDecodeError" not in log, "that reads like a defect"


@pytest.mark.parametrize("message", [b"\r\nBuy now.\r\n", b"\r\n"], ids=["no headers", "nothing at all"])
def test_a_message_without_headers_is_caught(milter: Running, message: bytes) -> None:
    """Libmilter drops a body that follows DATA at once, and never answers, unless it is sent the end of headers."""
    with milter.client() as client:
        begin(client)
        client.rcpt(TRAP)
        client.data()
        assert client.message(message).verdict == "discard"


def test_ten_thousand_headers_are_caught_in_full(milter: Running) -> None:
    with milter.client() as client:
        begin(client)
        client.rcpt(TRAP)
        client.data()
        header = wire.packet(b"L", wire.strings("X-Flood", b" " + b"v" * 60))
        client.send(header * 10_000)
        client.end_of_headers()
        assert client.end().verdict == "discard"
    assert milter.stored()[-1].read_bytes().count(b"\nX-Flood: v") == 10_000


def test_a_hundred_thousand_recipients(milter: Running) -> None:
    with milter.client() as client:
        begin(client)
        for start in range(0, RECIPIENTS, BATCH):
            batch = (wire.packet(b"R", wire.strings(f"<u{start + one}@{DOMAIN}>")) for one in range(BATCH))
            _flood(client, b"".join(batch), 1, answers=BATCH)
        assert client.rcpt(TRAP) == CONTINUE
        assert client.data() == CONTINUE
        assert client.message(MESSAGE).verdict == "continue"


def test_a_thousand_messages_in_one_session_leave_nothing_behind(milter: Running) -> None:
    with milter.client() as client:
        begin(client)
        for _ in range(1000):
            client.abort()
            assert client.mail("news@harbour-news.com") == CONTINUE
            assert client.rcpt(TRAP) == CONTINUE


def test_macros_without_end(milter: Running) -> None:
    with milter.client() as client:
        for number in range(200):
            client.send(wire.macros(b"C", ["i"], {"i": f"{number}" * 1000}))
            client.send(wire.packet(b"D", b"M" + b"{x}\0" * 10_000))
        assert begin(client) == CONTINUE


def test_a_body_that_never_ends_leaves_no_file(milter: Running) -> None:
    stored = len(milter.stored())
    client = milter.client()
    with client:
        begin(client)
        client.rcpt(TRAP)
        client.data()
        client.header(b"Subject", b" An offer")
        client.end_of_headers()
        client.body(b"x" * 20_000_000)
        client.close()
    until("the milter to have heard", lambda: not milter.half_written())
    assert len(milter.stored()) == stored


def test_garbage(milter: Running) -> None:
    chance = random.Random(20261121)  # noqa: S311 - the same garbage in each run
    for _ in range(150):
        milter.throw(chance.randbytes(chance.randrange(1, 3000)))
        events = [(bytes((chance.choice(b"CHMRTLNBEADUQKO"),)), _data(chance)) for _ in range(chance.randrange(1, 30))]
        milter.throw(packets(*events))


def test_two_hundred_connections_that_say_nothing(milter: Running) -> None:
    silent = [socket.socket(socket.AF_UNIX) for _ in range(200)]
    try:
        for one in silent:
            one.connect(str(milter.socket))
        assert milter.catches()
    finally:
        for one in silent:
            one.close()


def _data(chance: random.Random) -> bytes:
    """Data of an event: sound, sound but for one octet, or anything."""
    data = bytearray(chance.choice([data for _, data in SESSION]) or b"\0")
    data[chance.randrange(len(data))] = chance.randrange(256)
    return chance.choice([bytes(data), chance.randbytes(chance.randrange(2000)), b"\0" * chance.randrange(200)])


def _flood(client: MilterClient, octets: bytes, times: int, answers: int = 1) -> None:
    """Send `octets` so often, each with so many answers, without waiting for them in between; all must be CONTINUE."""
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.extend(client.receive().command for _ in range(times * answers)))
    reader.start()
    client.send(octets * times)
    reader.join()
    assert set(heard) == {b"c"}
