"""What a server sends is read up to a bound, in bytes and in time."""

import socket

import pytest

from trapline.mailboxes.bounded import BoundedFile, Budget, TooMuch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair() -> "tuple[socket.socket, socket.socket]":
    return socket.socketpair()


def test_lines_and_pieces_are_read_as_they_are(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    with ours, theirs:
        budget = Budget(1.0)
        budget.begin(100)
        file = BoundedFile(ours, budget)
        theirs.sendall(b"one\r\ntwo\r\nliteral")
        assert (file.readline(50), file.readline(50), file.read(3), file.waiting) == (
            b"one\r\n",
            b"two\r\n",
            b"lit",
            True,
        )
        theirs.close()
        assert file.read(50) == b"eral"
        assert file.readline(50) == b""


def test_a_piece_that_is_announced_too_large_is_not_even_begun(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    with ours, theirs:
        budget = Budget(1.0)
        budget.begin(100)
        with pytest.raises(TooMuch, match="more than"):
            BoundedFile(ours, budget).read(101)


def test_more_lines_than_the_answer_may_have_are_not_read(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    with ours, theirs:
        budget = Budget(1.0)
        budget.begin(10)
        theirs.sendall(b"x\r\n" * 10)
        with pytest.raises(TooMuch):
            BoundedFile(ours, budget).readline(50)


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    with ours, theirs:
        clock = Clock()
        budget = Budget(1.0, clock)
        budget.begin(100)
        theirs.sendall(b"x")
        clock.now = 5.1
        with pytest.raises(TooMuch, match="does not come to an end"):
            BoundedFile(ours, budget).readline(50)


def test_a_large_answer_may_take_its_time() -> None:
    clock = Clock()
    budget = Budget(1.0, clock)
    budget.begin(20_000_000)
    clock.now = 1000.0
    assert budget.seconds() == 1.0
