"""The load: many SMTP sessions at once, as Postfix would hand them to a milter. One process, one loop, no threads.

What a session sends is made beforehand as far as it can be; the loop only sends, reads and keeps the time. It keeps to
what the milter negotiated: events that it declined are not sent, and each event waits for its answer.
"""

import contextlib
import gc
import heapq
import select
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import milter_wire as wire
from tests.servers.milter_client import MACROS, MilterClient
from tests.servers.milter_wire import Agreed

PERSON = "<anna@quayside-mail.com>"
TRAP = "<info-2019@quayside-mail.com>"

_VALUES = {**MACROS, "{rcpt_addr}": PERSON.strip("<>"), "{rcpt_host}": "quayside-mail.com", "{rcpt_mailer}": "virtual"}
_IN_MESSAGE = {**_VALUES, "i": "4T8xYz1KqPz3hV"}
_BYE = wire.packet(b"A") + wire.packet(b"Q")
_SKIP = ord("s")
_ENDS = frozenset(b"adrty4")  #: answers after which no more of the message is sent
_PAUSED = frozenset((b"H", b"M", b"R"))  #: the client's own steps, before which it takes its time

Step = tuple[bytes, bytes]  #: an event's command, and all that is sent for it


@dataclass(slots=True)
class Result:
    """What came of a load."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0  #: of this process
    subject_cpu_seconds: float = 0.0  #: of the milter meanwhile
    sessions: int = 0  #: that ended
    failed: int = 0  #: whose connection the milter closed
    waits: list[float] = field(default_factory=list)  #: seconds that each session waited, from connect to RCPT's answer
    verdicts: dict[str, int] = field(default_factory=dict)  #: the last answer of each session

    @property
    def rate(self) -> float:
        """Sessions a second."""
        return self.sessions / self.seconds

    def wait(self, share: float) -> float:
        """What the given share of the sessions waited at most, in milliseconds."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Sessions:
    """What sessions with one milter send: `of(number)` gives the steps of one."""

    def __init__(self, path: Path, *, kinds: int | None, recipient: str = PERSON, message: bytes = b"") -> None:
        """`kinds`: after how many sessions clients and domains come again; None for never.

        A `message` is sent where the milter wants it; its lines end with CRLF.
        """
        with MilterClient(path) as probe:
            self._agreed = probe.agreed
        self._kinds = kinds
        self._kept: dict[int, tuple[Step, ...]] = {}
        self._rest = tuple(_rest(self._agreed, recipient, message))

    def of(self, number: int) -> tuple[Step, ...]:
        """The steps of session `number`."""
        if self._kinds is None:
            return self._steps(number)
        number %= self._kinds
        if number not in self._kept:
            self._kept[number] = self._steps(number)
        return self._kept[number]

    def _steps(self, number: int) -> tuple[Step, ...]:
        return tuple(_joined(self._agreed, (*_start(self._agreed, number), *self._rest)))


def run(path: Path, sessions: Sessions, numbers: Iterator[int], at_once: int, seconds: float, pause: float) -> Result:
    """Keep `at_once` sessions going for `seconds`; the client takes `pause` seconds between its steps."""
    gc.collect()
    gc.freeze()
    try:
        return _Loop(path, sessions, numbers, pause).run(at_once, seconds)
    finally:
        gc.unfreeze()


class Held:
    """Sessions that are opened up to MAIL and stay so while the `with` block runs."""

    def __init__(self, path: Path, sessions: Sessions, numbers: Iterator[int], count: int) -> None:
        self._clients: list[socket.socket] = []
        for _ in range(count):
            client = socket.socket(socket.AF_UNIX)
            self._clients.append(client)
            client.settimeout(30)
            client.connect(str(path))
            for command, octets in sessions.of(next(numbers)):
                if command == b"R":
                    break
                client.sendall(octets)
                assert client.recv(4096), "the milter closed a connection"

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_error: object) -> None:
        for client in self._clients:
            client.sendall(_BYE)
            client.close()


class _Visit:
    """One session under way."""

    __slots__ = ("buffer", "place", "sent", "socket", "steps", "unsent", "waited")

    def __init__(self, one: socket.socket, steps: tuple[Step, ...], sent: float) -> None:
        self.socket = one
        self.steps = steps
        self.place = 0
        self.sent = sent
        self.waited = 0.0
        self.buffer = bytearray()
        self.unsent = memoryview(b"")  #: of the step at `place`


class _Loop:
    def __init__(self, path: Path, sessions: Sessions, numbers: Iterator[int], pause: float) -> None:
        self._path = str(path)
        self._sessions = sessions
        self._numbers = numbers
        self._pause = pause
        self._poll = select.epoll()
        self._visits: dict[int, _Visit] = {}
        self._due: list[tuple[float, int, _Visit]] = []  # those whose client takes its time
        self._result = Result()

    def run(self, at_once: int, seconds: float) -> Result:
        started, cpu = time.perf_counter(), time.process_time()
        end = started + seconds
        for _ in range(at_once):
            self._open()
        while self._visits:
            timeout = max(0.0, self._due[0][0] - time.perf_counter()) if self._due else 5.0
            for descriptor, _ in self._poll.poll(timeout):
                visit = self._visits[descriptor]
                if visit.unsent:
                    self._push(visit, visit.unsent)
                elif self._read(visit) and time.perf_counter() < end:
                    self._open()
            while self._due and self._due[0][0] <= time.perf_counter():
                self._send(heapq.heappop(self._due)[2], time.perf_counter())
        self._poll.close()
        self._result.seconds = time.perf_counter() - started
        self._result.cpu_seconds = time.process_time() - cpu
        return self._result

    def _open(self) -> None:
        steps = self._sessions.of(next(self._numbers))
        now = time.perf_counter()
        one = socket.socket(socket.AF_UNIX)
        one.connect(self._path)
        one.setblocking(False)
        visit = _Visit(one, steps, now)
        descriptor = one.fileno()
        self._visits[descriptor] = visit
        self._poll.register(descriptor, select.EPOLLIN)
        one.send(steps[0][1])

    def _send(self, visit: _Visit, now: float) -> None:
        """Send the step whose turn it is."""
        visit.sent = now
        octets = visit.steps[visit.place][1]
        try:
            sent = visit.socket.send(octets)
        except BlockingIOError:
            sent = 0
        if sent < len(octets):
            self._push(visit, memoryview(octets)[sent:])

    def _push(self, visit: _Visit, octets: memoryview) -> None:
        """Send what the socket takes of the rest of a step; what is left when it takes more."""
        with contextlib.suppress(BlockingIOError):
            octets = octets[visit.socket.send(octets) :]
        if bool(octets) != bool(visit.unsent):
            self._poll.modify(visit.socket.fileno(), select.EPOLLOUT if octets else select.EPOLLIN)
        visit.unsent = octets

    def _read(self, visit: _Visit) -> bool:
        """Take an answer and go on; whether the session has ended."""
        data = visit.socket.recv(65536)
        if not data:
            self._result.failed += 1
            return self._end(visit, "closed")
        answer = data[4] if len(data) == 5 and not visit.buffer else _last(visit.buffer, data)
        if answer is None:
            return False
        now = time.perf_counter()
        command = visit.steps[visit.place][0]
        if command in b"OCHMR":
            visit.waited += now - visit.sent
            if command == b"R":
                self._result.waits.append(visit.waited)
        visit.place += 1 if answer != _SKIP else _to_end(visit)
        if answer in _ENDS or visit.place == len(visit.steps):
            return self._end(visit, chr(answer))
        if self._pause and visit.steps[visit.place][0] in _PAUSED:
            heapq.heappush(self._due, (now + self._pause, id(visit), visit))
        else:
            self._send(visit, now)
        return False

    def _end(self, visit: _Visit, verdict: str) -> bool:
        del self._visits[visit.socket.fileno()]
        if verdict != "closed":
            visit.socket.send(_BYE)
            self._result.sessions += 1
        visit.socket.close()
        self._result.verdicts[verdict] = self._result.verdicts.get(verdict, 0) + 1
        return True


def _last(buffer: bytearray, data: bytes) -> int | None:
    """The answer that `data` completes; None while it is not there, or only what comes before it."""
    buffer += data
    last = None
    while (packet := wire.take(buffer)) is not None:
        last = packet.command
    return last[0] if last in wire.FINAL else None


def _to_end(visit: _Visit) -> int:
    """How many steps it is to the end of the message: the milter wants no more of the body."""
    left = visit.steps[visit.place :]
    return next(count for count, (command, _) in enumerate(left) if command == b"E")


def _start(agreed: Agreed, number: int) -> Iterator[Step]:
    """From the offer to MAIL: an address of 11.1.0.0 and above, and one domain for HELO and MAIL FROM."""
    address = f"11.{1 + (number >> 16) % 255}.{number >> 8 & 255}.{number & 255}"
    domain = f"mail{number:x}-harbour.com"
    yield b"O", wire.offer()
    yield from _event(agreed, b"C", wire.client(address), _VALUES)
    yield from _event(agreed, b"H", wire.strings(domain), _VALUES)
    yield from _event(agreed, b"M", wire.strings(f"<news@{domain}>"), _VALUES)


def _rest(agreed: Agreed, recipient: str, message: bytes) -> Iterator[Step]:
    """From RCPT to the end of the message."""
    yield from _event(agreed, b"R", wire.strings(recipient), _VALUES)
    yield from _event(agreed, b"T", b"", _IN_MESSAGE)
    head, _, body = message.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n") if head else ():
        name, _, value = line.partition(b":")
        yield from _event(agreed, b"L", wire.strings(name, value), _IN_MESSAGE)
    yield from _event(agreed, b"N", b"", _IN_MESSAGE)
    for start in range(0, len(body), wire.BODY_CHUNK_BYTES):
        yield from _event(agreed, b"B", body[start : start + wire.BODY_CHUNK_BYTES], _IN_MESSAGE)
    yield from _event(agreed, b"E", b"", _IN_MESSAGE)


def _event(agreed: Agreed, command: bytes, data: bytes, values: dict[str, str]) -> Iterator[Step]:
    if agreed.sent(command):
        yield command, wire.macros(command, agreed.macros.get(command, ()), values) + wire.packet(command, data)


def _joined(agreed: Agreed, steps: Iterable[Step]) -> Iterator[Step]:
    """Events that the milter leaves unanswered go along with the next one, as Postfix holds them back."""
    held_back = b""
    for command, octets in steps:
        held_back += octets
        if agreed.answered(command):
            yield command, held_back
            held_back = b""
