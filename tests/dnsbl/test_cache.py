"""The cache keeps answers for their TTL, within bounds."""

from hypothesis import given
from hypothesis import strategies as st

from trapline.config.dqs import DqsCache
from trapline.dnsbl.cache import Cache
from trapline.dnsbl.findings import Listed, NotListed
from trapline.dnsbl.zones import Question

ASKED = Question("zen", "9.8.7.66")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_holds_for_its_ttl() -> None:
    clock = Clock()
    cache = Cache(clock)
    cache.put(ASKED, listed := Listed("zen", "9.8.7.66", ("127.0.0.2",), ttl=60))
    clock.now = 59.9
    assert cache.known([ASKED]) == {ASKED: listed}
    clock.now = 60.0
    assert not cache.known([ASKED])


def test_a_ttl_of_years_does_not_hide_a_new_listing_for_long() -> None:
    clock = Clock()
    cache = Cache(clock)
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=1e9))
    clock.now = DqsCache().max_not_listed_seconds
    assert not cache.known([ASKED])


def test_the_oldest_answers_make_room() -> None:
    cache = Cache(Clock(), DqsCache(max_entries=2))
    asked = [Question("zen", f"9.8.7.{last}") for last in range(3)]
    for question in asked:
        cache.put(question, NotListed("zen", question.object, ttl=60))
    assert list(cache.known(asked)) == asked[1:]


def test_where_there_is_no_room_what_was_stored_last_stays() -> None:
    cache = Cache(Clock(), DqsCache(max_entries=2))
    first, second, third = (Question("zen", f"9.8.7.{last}") for last in range(3))
    for question in (first, second, first, third):  # the first is stored anew before the third
        cache.put(question, NotListed("zen", question.object, ttl=60))
    assert set(cache.known((first, second, third))) == {first, third}


def test_an_answer_that_may_not_be_kept_takes_nobodys_room_and_ends_what_was_said_before() -> None:
    cache = Cache(Clock(), DqsCache(max_entries=1))
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=60))
    cache.put(Question("zen", "9.8.7.67"), NotListed("zen", "9.8.7.67", ttl=0))
    assert cache.known([ASKED])
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=0))
    assert len(cache) == 0


def test_the_bounds_are_the_configured_ones() -> None:
    clock = Clock()
    cache = Cache(clock, DqsCache(max_listed_seconds=10, max_not_listed_seconds=0))
    cache.put(ASKED, Listed("zen", "9.8.7.66", ("127.0.0.2",), ttl=3600))
    cache.put(Question("dbl", "harbour.com"), NotListed("dbl", "harbour.com", ttl=3600))
    assert len(cache) == 1
    clock.now = 10.0
    assert not cache.known([ASKED])


def test_a_cache_without_room_keeps_nothing() -> None:
    cache = Cache(Clock(), DqsCache(max_entries=0))
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=60))
    assert len(cache) == 0


def test_one_zones_answers_are_forgotten_and_no_others() -> None:
    cache = Cache(Clock())
    other = Question("dbl", "harbour.com")
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=60))
    cache.put(other, NotListed("dbl", "harbour.com", ttl=60))
    cache.forget("zen")
    assert set(cache.known([ASKED, other])) == {other}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 20))), st.integers(0, 5))
def test_nothing_outlives_its_ttl_and_the_size_is_bounded(steps: list[tuple[int, int, int]], max_entries: int) -> None:
    clock = Clock()
    cache = Cache(clock, DqsCache(max_entries=max_entries))
    ends: dict[Question, float] = {}
    for last, ttl, later in steps:
        question = Question("zen", f"9.8.7.{last}")
        cache.put(question, NotListed("zen", question.object, ttl=ttl))
        ends[question] = clock.now + ttl
        assert len(cache) <= max_entries
        clock.now += later
        assert all(clock.now < ends[one] for one in cache.known(ends))
