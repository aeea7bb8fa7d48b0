"""A resolver that stays silent is left alone, and taken back when it answers."""

from trapline.config.values import Nameserver
from trapline.dnsbl.resolvers import REST_SECONDS, SILENT_LOOKUPS, TOLD_SECONDS, Resolvers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


CLOCK = Clock()


def resolvers(count: int) -> Resolvers:
    return Resolvers([Nameserver(f"127.0.0.{number}") for number in range(1, count + 1)], CLOCK)


def silence(some: Resolvers, place: int, lookups: int = SILENT_LOOKUPS) -> None:
    for _ in range(lookups):
        some.silent(place)


def test_the_first_configured_is_asked_first_and_the_others_in_turn() -> None:
    three = resolvers(3)
    assert three.first() == 0
    assert [three.after(place) for place in range(3)] == [1, 2, 0]


def test_repeated_silence_leaves_it_alone_and_the_next_one_is_asked() -> None:
    two = resolvers(2)
    silence(two, 0, SILENT_LOOKUPS - 1)
    assert two.first() == 0
    two.silent(0)
    assert two.first() == 1
    assert two.resting() == (0,)


def test_one_answer_in_between_counts_from_the_start_again() -> None:
    one = resolvers(1)
    silence(one, 0, SILENT_LOOKUPS - 1)
    one.answered(0)
    one.silent(0)
    assert one.first() == 0


def test_all_silent_means_that_nobody_is_asked() -> None:
    one = resolvers(1)
    silence(one, 0)
    assert one.first() is None


def test_an_answer_brings_it_back_at_once_and_time_does_after_a_while() -> None:
    one = resolvers(1)
    silence(one, 0)
    one.answered(0)
    assert one.first() == 0
    silence(one, 0)
    CLOCK.now += REST_SECONDS
    assert one.first() == 0


def test_being_left_alone_is_told_once_and_so_is_being_back() -> None:
    told: list[tuple[int, bool]] = []

    def changed(place: int, *, alone: bool) -> None:
        told.append((place, alone))

    two = Resolvers([Nameserver("127.0.0.1"), Nameserver("127.0.0.2")], CLOCK, changed)
    silence(two, 1, 3 * SILENT_LOOKUPS)
    two.answered(0)
    two.answered(1)
    two.answered(1)
    two.silent(1)
    assert told == [(1, True), (1, False)]


def test_one_that_comes_and_goes_is_told_of_once_a_minute() -> None:
    """A probe may be answered from a cache by a resolver that has nobody to ask."""
    told: list[bool] = []
    one = Resolvers([Nameserver("127.0.0.1")], CLOCK, lambda _place, *, alone: told.append(alone))
    for _ in range(5):
        silence(one, 0)
        one.answered(0)
        CLOCK.now += TOLD_SECONDS / 4
    assert told == [True, False, True, False]
