"""The cache keeps answers for their TTL, within bounds."""

from trapline.dnsbl.cache import MAX_NOT_LISTED_SECONDS, Cache
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
    assert cache.get(ASKED) == listed
    clock.now = 60.0
    assert cache.get(ASKED) is None


def test_a_ttl_of_years_does_not_hide_a_new_listing_for_long() -> None:
    clock = Clock()
    cache = Cache(clock)
    cache.put(ASKED, NotListed("zen", "9.8.7.66", ttl=1e9))
    clock.now = MAX_NOT_LISTED_SECONDS
    assert cache.get(ASKED) is None


def test_the_oldest_answers_make_room() -> None:
    cache = Cache(Clock(), max_entries=2)
    asked = [Question("zen", f"9.8.7.{last}") for last in range(3)]
    for question in asked:
        cache.put(question, NotListed("zen", question.object, ttl=60))
    assert [cache.get(question) is not None for question in asked] == [False, True, True]
