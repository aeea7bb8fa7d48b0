"""What is learned, when, and how it is undone: the reporter as it runs, with a filter that does as it is told."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import Place, RealClock
from tests.reporter.learning.school import Remembering, advertising, intake_of, once, states, undo
from tests.servers.processes import until
from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Lesson
from trapline.reporter.learning import lessons, wishes
from trapline.reporter.learning.teacher import MAX_ATTEMPTS, Teacher
from trapline.reporter.storage.store import Store
from trapline.systemd.notify import Manager


@pytest.fixture
def school(tmp_path: Path, database: str) -> Place:
    """A reporter that teaches spamd without asking a person."""
    return Place(tmp_path, database=database, options={"learning": {"filter": "spamd", "mode": "auto"}})


def a_teacher(place: Place, store: Store, filter_: Remembering) -> Teacher:
    return Teacher(place.settings, store, filter_, lambda: place.traps.current, place.clock, lambda _: None)


def test_of_a_campaign_one_message_is_learned(school: Place) -> None:
    filter_ = Remembering()
    school.catch(advertising(1))
    school.catch(advertising(1).replace(b"<1@", b"<77@").replace(b"/now", b"/other?x=77"))
    once(school, filter_)
    assert [what for what, _ in filter_.told] == ["spam"]
    school.clock.move(hours=30)
    school.catch(advertising(1).replace(b"<1@", b"<78@"))
    once(school, filter_)
    assert len(filter_.told) == 1
    assert ("left", "a message of this campaign was taken already") in states(school)


def test_so_many_a_day_are_learned_and_no_more(school: Place) -> None:
    school.options["learning"]["per_day"] = 2
    filter_ = Remembering()
    for number in range(4):
        school.catch(advertising(number))
    once(school, filter_)
    assert len(filter_.told) == 2
    assert [why for state, why in states(school) if state == "left"] == ["2 in 24 hours already (learning.per_day)"] * 2
    school.clock.move(hours=25)
    school.catch(advertising(9))
    once(school, filter_)
    assert len(filter_.told) == 3


def test_what_was_learned_while_the_clock_was_ahead_is_of_no_later_day(school: Place) -> None:
    school.options["learning"]["per_day"] = 1
    for number, days in enumerate((60, -60)):
        school.clock.move(days=days)
        school.catch(advertising(number))
        once(school, Remembering())
    assert states(school) == [("learned", None)] * 2


def test_what_waited_for_a_filter_that_was_away_is_learned_at_the_days_pace_too(school: Place) -> None:
    school.options["learning"]["per_day"] = 2
    away = Remembering()
    for day in range(2):
        away.fails = [FilterDownError("spamd: no connection")]
        school.catch(advertising(2 * day))
        school.catch(advertising(2 * day + 1))
        assert once(school, away) == 1
        school.clock.move(hours=25)
    once(school, back := Remembering())
    assert len(back.told) == 2
    school.clock.move(hours=25)
    once(school, back)
    assert len(back.told) == 4


def test_with_review_nothing_is_learned_until_a_person_says_yes(school: Place) -> None:
    school.options["learning"]["mode"] = "review"
    filter_ = Remembering()
    wanted, unwanted = school.catch(advertising(1)), school.catch(advertising(2))
    once(school, filter_)
    assert filter_.told == []
    store = Store.open(school.url)
    with store.writing() as db:
        assert wishes.learn(db, wanted.id, school.clock()).done
        assert wishes.decline(db, unwanted.id, school.clock()).done
    store.close()
    once(school, filter_)
    assert [message.count(b"oakbk") for _, message in filter_.told] == [1]
    assert sorted(state for state, _ in states(school)) == ["declined", "learned"]


def test_after_an_undo_nothing_more_is_learned_of_that_sender(school: Place) -> None:
    filter_ = Remembering()
    caught = school.catch(advertising(1))
    once(school, filter_)
    undo(school, caught.id)
    school.catch(advertising(2))
    school.catch(advertising(3, "deals@others.com"))
    once(school, filter_)
    assert [(what, b"deals@" in message) for what, message in filter_.told] == [
        ("spam", False),
        ("forget", False),
        ("spam", True),
    ]


def test_after_an_undo_what_a_person_said_yes_to_before_is_not_learned_of_that_sender(school: Place) -> None:
    school.options["learning"] |= {"mode": "review", "per_day": 2}
    filter_ = Remembering()
    caught = [school.catch(advertising(number)) for number in (1, 2)]
    once(school, filter_)
    school.options["learning"]["per_day"] = 1
    store = Store.open(school.url)
    with store.writing() as db:
        for one in caught:
            wishes.learn(db, one.id, school.clock())
    store.close()
    once(school, filter_)
    (learned,) = school.rows("SELECT message_id FROM lessons WHERE state = 'learned'")
    undo(school, learned[0])
    school.clock.move(hours=25)
    once(school, filter_)
    assert [what for what, _ in filter_.told] == ["spam", "forget"]
    assert ("declined", "what was learned of this sender was undone") in states(school)


def test_all_of_a_sender_is_undone_at_once_where_that_is_wished(school: Place) -> None:
    filter_ = Remembering()
    first = school.catch(advertising(1, "News@Pills-Shop.com"))
    school.catch(advertising(2), mail_from="other@bounces.com")
    school.catch(advertising(3, "deals@others.com"))
    once(school, filter_)
    store = Store.open(school.url)
    with store.writing() as db:
        same = wishes.of_the_same_sender(db, first.id)
        for one in same:
            wishes.undo(db, one, "spamd", school.clock(), as_ham=False)
    store.close()
    once(school, filter_)
    assert [what for what, _ in filter_.told] == ["spam", "spam", "spam", "forget", "forget"]


# --- undo


def test_the_very_bytes_are_forgotten_when_the_caught_file_is_long_gone(school: Place) -> None:
    filter_ = Remembering()
    caught = school.catch(advertising(1))
    once(school, filter_)
    for file in school.spool.cur():
        file.unlink()
    school.let_pass(days=60)
    assert undo(school, caught.id) == "spamd forgets it"
    once(school, filter_)
    assert filter_.told == [("spam", filter_.told[0][1]), ("forget", filter_.told[0][1])]


def test_after_its_time_what_was_learned_is_removed_and_undo_says_so(school: Place) -> None:
    filter_ = Remembering()
    caught = school.catch(advertising(1))
    once(school, filter_)
    school.let_pass(days=91)
    once(school, filter_)
    assert school.rows("SELECT count(*) FROM lessons WHERE content IS NOT NULL") == [(0,)]
    assert undo(school, caught.id) == "it can't be undone any more: what was learned is removed after learning.keep"


def test_what_can_be_undone_outlives_the_rows_of_its_message(school: Place) -> None:
    school.options["store"] = {"keep_days": 10}
    once(school, filter_ := Remembering())
    caught = school.catch(advertising(1))
    once(school, filter_)
    school.let_pass(days=20)
    once(school, filter_)
    assert undo(school, caught.id) == "spamd forgets it"
    once(school, filter_)
    school.let_pass(days=91)
    once(school, filter_)
    school.clock.move(hours=2)
    once(school, filter_)
    assert school.rows("SELECT count(*) FROM messages") == [(0,)]
    assert school.rows("SELECT count(*) FROM lessons") == [(0,)]


def test_what_was_learned_goes_after_its_time_though_no_filter_is_taught_any_more(school: Place) -> None:
    school.options["store"] = {"keep_days": 10}
    school.catch(advertising(1))
    once(school, Remembering())
    school.options["learning"] = {"filter": "off"}
    school.let_pass(days=91)
    once(school, None)
    assert school.rows("SELECT count(*) FROM lessons WHERE content IS NOT NULL") == [(0,)]
    school.clock.move(hours=2)
    once(school, None)
    assert school.rows("SELECT count(*) FROM messages") == [(0,)]


def test_a_wish_goes_after_its_time_where_its_filter_is_not_taught_any_more(school: Place) -> None:
    school.options["store"] = {"keep_days": 10}
    caught = school.catch(advertising(1))
    once(school, Remembering())
    assert undo(school, caught.id) == "spamd forgets it"
    school.options["learning"]["filter"] = "rspamd"
    school.let_pass(days=89)
    once(school, None)
    assert [state for state, _ in states(school)] == ["to_forget"]
    school.let_pass(days=2)
    once(school, None)
    assert school.rows("SELECT count(*) FROM lessons WHERE content IS NOT NULL") == [(0,)]
    school.clock.move(hours=2)
    once(school, None)
    assert school.rows("SELECT count(*) FROM messages") == [(0,)]


def test_a_wish_that_the_filter_has_not_heard_yet_is_kept_as_long_as_it_is_taught(school: Place) -> None:
    caught = school.catch(advertising(1))
    once(school, Remembering())
    undo(school, caught.id)
    school.let_pass(days=91)
    once(school, None)
    once(school, filter_ := Remembering())
    assert [what for what, _ in filter_.told] == ["forget"]


def test_without_a_filter_nothing_can_be_wished_that_nobody_would_do(school: Place) -> None:
    down = Remembering()
    down.fails = [FilterError("spamd: no answer within 60 s")]
    caught = school.catch(advertising(1))
    once(school, down)
    school.options["learning"]["filter"] = "off"
    said = undo(school, caught.id)
    assert said == 'it was learned by a filter, and learning.filter is "off": set it back to undo this'
    assert [state for state, _ in states(school)] == ["due"]


def test_another_filter_is_never_told_to_forget_what_it_did_not_learn(school: Place) -> None:
    caught = school.catch(advertising(1))
    once(school, Remembering())
    school.options["learning"]["filter"] = "sa-learn"
    assert (
        undo(school, caught.id)
        == 'it was learned by spamd, and learning.filter is "sa-learn": set it back to undo this'
    )


def test_what_a_person_declines_in_the_last_moment_is_not_told_to_the_filter(school: Place) -> None:
    school.options["learning"]["mode"] = "review"
    caught = school.catch(advertising(1))
    once(school, Remembering())
    store = Store.open(school.url)
    with store.writing() as db:
        wishes.learn(db, caught.id, school.clock())
        due = lessons.next_due(db, store.host, "spamd", school.clock(), 50)
    assert due is not None
    with store.writing() as db:
        wishes.decline(db, caught.id, school.clock())
        assert lessons.begin(db, due, school.clock()) is False
    store.close()


# --- when things fail


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


def test_a_wish_that_comes_while_the_filter_learns_is_not_lost(school: Place) -> None:
    class Interrupted(Remembering):
        def learn(self, message: bytes, lesson: Lesson) -> Learnt:
            undo(school, caught.id)
            return super().learn(message, lesson)

    caught = school.catch(advertising(1))
    filter_ = Interrupted()
    once(school, filter_)
    assert [what for what, _ in filter_.told] == ["spam", "forget"]
    assert states(school) == [("forgotten", None)]


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


# --- several reporters


def test_of_several_reporters_on_one_store_one_learns_a_campaign(tmp_path: Path, url: str) -> None:
    options: dict[str, Any] = {"learning": {"filter": "spamd", "mode": "auto"}}
    stores = [Store.open(url, host=f"mx{number}") for number in range(2)]
    filters = [Remembering(), Remembering()]

    def work(number: int) -> None:
        while teachers[number].work():
            pass

    teachers = []
    for number, store in enumerate(stores):
        (tmp_path / f"mx{number}").mkdir()
        place = Place(tmp_path / f"mx{number}", database=url, options=options)
        place.catch(advertising(1))
        intake_of(place, store)
        teachers.append(a_teacher(place, store, filters[number]))
    both = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert sorted(len(filter_.told) for filter_ in filters) == [0, 1]
    for store in stores:
        store.close()


def test_two_reporters_of_one_host_never_tell_the_filter_at_once(tmp_path: Path, url: str) -> None:
    place = Place(tmp_path, database=url, options={"learning": {"filter": "spamd", "mode": "auto"}})
    place.catch(advertising(1))
    first, second = (Store.open(url, host="mx") for _ in range(2))
    intake_of(place, first)
    filter_ = Remembering()
    one, other = (a_teacher(place, store, filter_) for store in (first, second))
    one.work()
    assert other.work() is False
    assert len(filter_.told) == 1
    first.close()
    second.close()
