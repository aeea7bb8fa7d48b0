"""The same failure is said once a minute, with the number suppressed."""

from trapline.milter.seldom import MAX_TOPICS, WINDOW_SECONDS, Seldom


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_failure_is_said_once_a_minute_with_the_number_suppressed() -> None:
    clock = Clock()
    seldom = Seldom(clock)
    assert [seldom.suppressed("zen: timeout") for _ in range(4)] == [0, None, None, None]
    clock.now += WINDOW_SECONDS
    assert seldom.suppressed("zen: timeout") == 3
    assert seldom.suppressed("zen: timeout") is None


def test_another_failure_is_said_at_once() -> None:
    seldom = Seldom(Clock())
    assert seldom.suppressed("zen: timeout") == 0
    assert seldom.suppressed("dbl: timeout") == 0


def test_what_is_remembered_is_bounded() -> None:
    seldom = Seldom(Clock())
    for number in range(3 * MAX_TOPICS):
        assert seldom.suppressed(f"zen: {number}") == 0
    assert len(seldom._topics) <= MAX_TOPICS
