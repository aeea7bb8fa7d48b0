"""A tally loses nothing, whoever adds to it."""

import threading

from trapline.dnsbl.tally import Tally


def test_what_was_added_is_taken_once() -> None:
    tally = Tally()
    tally.add()
    tally.add()
    assert (tally.take(), tally.take()) == (2, 0)
    tally.add()
    assert tally.take() == 1


def test_many_threads_add_while_one_takes() -> None:
    tally = Tally()

    def work() -> None:
        for _ in range(20_000):
            tally.add()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        taken += tally.take()
    assert taken + tally.take() == 160_000
