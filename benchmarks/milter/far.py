"""A name server that is far away: a UDP proxy that hands questions on, and answers back after a while; some are lost.

It counts the questions. One process of its own; the delay is the same for all, so answers leave in their order.
"""

import multiprocessing
import random
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_uint64
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawValue
from typing import Any

_BUFFER_BYTES = 4 << 20  #: of the sockets: what is lost is lost by `lost` alone
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Far:
    """The running proxy."""

    nameserver: str  #: "127.0.0.1:port"
    count: Any  #: shared with the process

    @property
    def questions(self) -> int:
        """How many have come so far, those that were lost among them."""
        return int(self.count.value)


@contextmanager
def far(nameserver: str, seconds: float, lost: float) -> Iterator[Far]:
    """A proxy to `nameserver`, `seconds` away (there and back), that loses the share `lost` of all questions."""
    address, _, port = nameserver.rpartition(":")
    front = _socket()
    front.bind(("127.0.0.1", 0))
    back = _socket()
    back.connect((address, int(port)))
    count = RawValue(c_uint64, 0)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(front, back, seconds, lost, count))
    process.start()
    try:
        yield Far(f"127.0.0.1:{front.getsockname()[1]}", count)
    finally:
        process.terminate()
        process.join()
        front.close()
        back.close()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
    made.setblocking(False)
    return made


def _serve(front: socket.socket, back: socket.socket, seconds: float, lost: float, count: Any) -> None:
    chance = random.Random(1)  # noqa: S311 - the same questions are lost in each run
    asked: dict[bytes, tuple[float, bytes, Any]] = {}  # when, the asker's ID, the asker; by our ID
    waiting: deque[tuple[float, bytes, Any]] = deque()
    number = 0
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([front, back], [], [], timeout)
        now = time.monotonic()
        if front in ready:
            for question, asker in _drain(front):
                count.value += 1
                if lost and chance.random() < lost:
                    continue
                number = (number + 1) & 0xFFFF
                ours = number.to_bytes(2, "big")
                asked[ours] = now + seconds, question[:2], asker
                back.send(ours + question[2:])
        if back in ready:
            for answer, _ in _drain(back):
                due, theirs, asker = asked.pop(answer[:2])
                waiting.append((due, theirs + answer[2:], asker))
        while waiting and waiting[0][0] <= now:
            _, answer, asker = waiting.popleft()
            front.sendto(answer, asker)


def _drain(one: socket.socket) -> Iterator[tuple[bytes, Any]]:
    for _ in range(_BATCH):
        try:
            yield one.recvfrom(4096)
        except (BlockingIOError, ConnectionRefusedError):
            return
