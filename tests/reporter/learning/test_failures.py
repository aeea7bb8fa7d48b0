"""A filter that is down, hangs, or fails at a message: it is told again, and nothing waits for it."""

import threading
from pathlib import Path

from tests.reporter.caught import Place, RealClock
from tests.reporter.learning.school import Remembering, advertising, once, states
from tests.servers.processes import until
from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Lesson
from trapline.reporter.learning.teacher import MAX_ATTEMPTS, Teacher
from trapline.reporter.storage.store import Store
from trapline.systemd.notify import Manager


def test_a_filter_that_is_down_is_said_once_and_told_again_later(school: Place) -> None:
    filter_ = Remembering()
    down = FilterDownError("spamd: no connection")
    filter_.fails = [down]
    school.catch(advertising(1))
    assert once(school, filter_) == 1
    assert [line for line in school.said if "spamd" in line] == [
        "spamd: no connection. Nothing is learned or undone until it is there again"
    ]
    store = Store.open(school.url)
    said: list[str] = []
    teacher = Teacher(
        school.settings, store, filter_, lambda: school.traps.current, school.clock, lambda line: said.append(str(line))
    )
    filter_.fails = [down, down, down]
    for _ in range(3):
        teacher.work()
        assert teacher.work() is False
        school.clock.move(minutes=5)
    assert len(said) == 1
    assert filter_.told == []
    teacher.work()
    assert [what for what, _ in filter_.told] == ["spam"]
    store.close()


def test_what_was_put_off_while_the_clock_was_ahead_does_not_wait_until_then(school: Place) -> None:
    filter_ = Remembering()
    filter_.fails = [FilterError("spamd: it says 74")]
    school.catch(advertising(1))
    school.clock.move(days=20)
    once(school, filter_)
    school.clock.move(days=-20)
    once(school, filter_)
    assert states(school) == [("learned", None)]


def test_a_message_at_which_the_filter_fails_is_given_up_and_holds_nothing_up(school: Place) -> None:
    class Choosy(Remembering):
        def _tell(self, what: str, message: bytes) -> Learnt:
            if b"oakbk" in message:
                raise FilterError("spamd: it says 74")
            return super()._tell(what, message)

    filter_ = Choosy()
    school.catch(advertising(1))
    school.catch(advertising(2))
    for _ in range(MAX_ATTEMPTS):
        assert once(school, filter_) == 1
        school.clock.move(hours=1)
    assert once(school, filter_) == 0
    assert len(filter_.told) == 1
    assert sorted(states(school)) == [("learned", None), ("unfit", "spamd: it says 74")]


def test_a_filter_that_hangs_delays_neither_intake_nor_submissions(tmp_path: Path) -> None:
    answered = threading.Event()

    class Hanging(Remembering):
        def learn(self, message: bytes, lesson: Lesson) -> Learnt:
            asked.set()
            answered.wait(20)
            return super().learn(message, lesson)

    asked, stop, filter_ = threading.Event(), threading.Event(), Hanging()
    place = Place(tmp_path, options={"learning": {"filter": "spamd", "mode": "auto"}}, clock=RealClock())
    place.catch(advertising(1))
    daemon = threading.Thread(target=place.reporter(None, pupil=filter_).run, args=(stop, Manager({})))
    daemon.start()
    try:
        assert asked.wait(20)
        place.catch(advertising(2))
        until("the second to be taken in", lambda: place.rows("SELECT count(*) FROM messages") == [(2,)])
        assert filter_.told == []
        answered.set()
        until("both to be learned", lambda: len(filter_.told) == 2)
    finally:
        answered.set()
        stop.set()
        daemon.join(20)
    assert not daemon.is_alive()
