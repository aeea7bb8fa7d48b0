"""What was learned is undone on a person's wish, as long as it is kept."""

from tests.reporter.caught import Place
from tests.reporter.learning.school import Remembering, advertising, once, states, undo
from trapline.filters.scanner import FilterError, Learnt, Lesson
from trapline.reporter.learning import wishes
from trapline.reporter.storage.store import Store


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
