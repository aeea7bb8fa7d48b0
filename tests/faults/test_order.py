"""Which faults follow one another: a matter of the seed alone."""

from itertools import chain, islice
from random import Random

from tests.faults.trial import FAULTS, order


def seven() -> Random:
    return Random(7)  # noqa: S311 - the same again


def test_the_same_seed_gives_the_same_order() -> None:
    first, second = (list(islice(order(FAULTS, seven(), 0.5), 40)) for _ in range(2))
    assert first == second


def test_each_fault_comes_once_before_one_comes_again() -> None:
    faults = chain.from_iterable(order(FAULTS, seven(), 0.5))
    for _ in range(5):
        assert set(islice(faults, len(FAULTS))) == set(FAULTS)


def test_two_that_touch_the_same_never_come_at_once() -> None:
    for faults in islice(order(FAULTS, seven(), 1.0), 200):
        assert len(faults) == 1 or not faults[0].touches & faults[1].touches


def test_the_clock_is_wrong_only_where_something_can_be_stored_which_shows_it() -> None:
    for faults in islice(order(FAULTS, seven(), 1.0), 200):
        names = " and ".join(fault.name for fault in faults)
        assert "clock" not in names or not any(fault.no_room for fault in faults), names
