from trapline.reporter.queue import STATES
from trapline.reporter.summary import Summary

NOTHING = dict.fromkeys(STATES, 0)


def test_the_last_lines_say_what_was_taken_decided_and_submitted() -> None:
    run = Summary(taken=3, failed=1, report=5, skip=7, accepted=4, known=1, refused=2, dropped=6)
    assert run.lines(NOTHING | {"waiting": 8, "queued": 9, "accepted": 100}) == (
        "messages: 3 taken in, 1 failed",
        "decisions: 5 report, 7 skip",
        "submissions: 4 accepted, 1 known, 2 refused, 8 waiting, 9 queued, 6 dropped",
    )


def test_messages_that_came_twice_are_mentioned_only_where_there_are_any() -> None:
    assert Summary(repeated=2).lines(NOTHING)[0] == "messages: 0 taken in, 0 failed, 2 known already"


def test_a_run_in_which_nothing_happened_is_not_worth_a_line() -> None:
    assert not Summary().eventful
    assert Summary(known=1).eventful


def test_counts_are_added() -> None:
    run = Summary(taken=1)
    run.add(Summary(taken=2, skip=3))
    assert run == Summary(taken=3, skip=3)
