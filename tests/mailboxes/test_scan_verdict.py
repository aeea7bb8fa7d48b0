"""What a score means under a mailbox's thresholds, and what is done with spam."""

import pytest

from trapline.config.mailbox_scan import Scan
from trapline.filters.scanner import Score
from trapline.mailboxes.scan_steps import Step, Wishes
from trapline.mailboxes.scan_verdict import verdict


def said(score: float, *, spam: bool = True) -> Score:
    return Score(spam=spam, score=score, threshold=5.0)


def test_without_thresholds_the_scanners_own_opinion_counts() -> None:
    assert verdict(said(4.0), Scan()) == "spam"
    assert verdict(said(9.0, spam=False), Scan()) == "ham"


def test_a_threshold_of_the_mailbox_counts_instead() -> None:
    assert verdict(said(6.0), Scan(spam_score=7.0)) == "ham"
    assert verdict(said(7.0, spam=False), Scan(spam_score=7.0)) == "spam"


def test_certain_is_what_reaches_the_second_threshold() -> None:
    assert verdict(said(15.0), Scan(certain_score=15.0)) == "certain"
    assert verdict(said(14.9), Scan(certain_score=15.0)) == "spam"


def test_what_the_scanner_calls_no_spam_is_not_certain_spam_whatever_its_score() -> None:
    assert verdict(said(20.0, spam=False), Scan(certain_score=15.0)) == "ham"


@pytest.mark.parametrize(
    ("wishes", "steps"),
    [
        (Wishes(), ()),
        (Wishes(copy=True, flag=True), (Step.FLAG, Step.COPY)),
        (Wishes(move=True), (Step.MOVE,)),
        (Wishes(report=True), (Step.REPORT,)),
        (Wishes(report=True, move=True), (Step.REPORT, Step.DELETE, Step.EXPUNGE)),
        (Wishes(copy=True, delete=True, expunge=True), (Step.COPY, Step.DELETE, Step.EXPUNGE)),
    ],
)
def test_what_takes_a_message_away_comes_last(wishes: Wishes, steps: tuple[Step, ...]) -> None:
    assert wishes.contradiction() is None
    assert wishes.steps("spam") == wishes.steps("certain") == steps
    assert wishes.steps("ham") == ()


def test_certain_spam_may_have_an_action_of_its_own() -> None:
    wishes = Wishes(move=True, certain="remove")
    assert wishes.steps("spam") == (Step.MOVE,)
    assert wishes.steps("certain") == (Step.DELETE, Step.EXPUNGE)
    assert Wishes(delete=True, certain="leave").steps("certain") == ()


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(copy=True, move=True),
        Wishes(copy=True, report=True),
        Wishes(move=True, delete=True),
        Wishes(expunge=True),
    ],
)
def test_wishes_that_make_no_sense_together_are_told_so(wishes: Wishes) -> None:
    assert wishes.contradiction()
