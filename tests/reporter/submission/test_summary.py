from trapline.reporter.submission.queue import STATES
from trapline.reporter.submission.summary import Summary

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


def test_the_log_has_a_line_for_a_round_with_mail() -> None:
    summary = Summary(taken=3, report=10, skip=5, accepted=4)
    assert summary.took
    assert str(summary.event(queued=6)) == "taken in messages=3, report=10, skip=5, queued=6"


def test_what_was_submitted_or_failed_has_lines_of_its_own() -> None:
    assert not Summary(accepted=4, failed=1).took


def test_counts_are_added() -> None:
    run = Summary(taken=1)
    run.add(Summary(taken=2, skip=3))
    assert run == Summary(taken=3, skip=3)
