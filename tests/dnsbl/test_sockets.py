"""A socket serves some lookups and is replaced then, and not too many lie idle."""

import gc
from collections.abc import Iterator
from contextlib import closing

import pytest

from trapline.config.values import Nameserver
from trapline.dnsbl import sockets
from trapline.dnsbl.sockets import MAX_USES, Sockets


@pytest.fixture
def some() -> Iterator[Sockets]:
    """To a resolver that is never asked anything. A socket that is left open fails the test run, as a warning."""
    with closing(Sockets([Nameserver("127.0.0.1", 9)])) as made:
        yield made
    gc.collect()


def test_a_socket_is_used_again_and_after_some_lookups_replaced(some: Sockets) -> None:
    """Whoever learned the port can forge answers for so long only (RFC 5452, 9.2)."""
    first = some.take(0)
    for _ in range(MAX_USES - 1):
        some.give_back(first)
        assert some.take(0) is first
    some.give_back(first)
    second = some.take(0)
    assert second is not first
    assert first.socket.fileno() == -1
    some.give_back(second)


def test_what_one_lookup_uses_no_other_does(some: Sockets) -> None:
    first, second = some.take(0), some.take(0)
    assert first.socket.getsockname() != second.socket.getsockname()
    some.give_back(first)
    some.give_back(second)


def test_after_a_rush_no_more_than_some_stay_open(some: Sockets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MAX_IDLE", 2)
    taken = [some.take(0) for _ in range(3)]
    for used in taken:
        some.give_back(used)
    assert [used.socket.fileno() == -1 for used in taken] == [False, False, True]
