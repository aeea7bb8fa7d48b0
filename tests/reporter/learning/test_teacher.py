"""What is learned, and when: the reporter as it runs, with a filter that does as it is told."""

from tests.reporter.caught import Place
from tests.reporter.learning.school import Remembering, advertising, once, states
from trapline.filters.scanner import FilterDownError
from trapline.reporter.learning import lessons, wishes
from trapline.reporter.storage.store import Store


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
