"""Which of a message's indicators go out where there are more than may."""

from pathlib import Path

from tests.reporter.messages import envelope, html
from trapline.reporter.indicators import IndicatorKind, Report
from trapline.reporter.judge import Context
from trapline.reporter.planning import MAX_OF_A_KIND, Planner
from trapline.traps.matching import TrapSet

SIGNED = "Authentication-Results: mx.ourtraps.com; dkim=pass header.d=pills-now.com"
PAGE = Path(__file__).parents[2] / "docs" / "reporting.md"
MANY = range(MAX_OF_A_KIND + 5)


def reported(message: bytes, kind: IndicatorKind) -> list[str]:
    """What goes out of it, in its order."""
    planner = Planner(Context(authserv_ids=("mx.ourtraps.com",)), TrapSet(()))
    plans = planner.plan(envelope(), message, whole=True).plans
    judged = [plan.judged for plan in plans if plan.judged.indicator.kind == kind]
    return [one.indicator.value for one in judged if isinstance(one.decision, Report)]


def test_a_sender_who_signed_is_reported_whatever_decoys_he_links_to() -> None:
    decoys = "".join(f"<a href='http://a{number:02}-bakery.com/'>x</a>" for number in MANY)
    assert reported(html(decoys, SIGNED), "domain")[0] == "pills-now.com"


def test_of_links_that_are_worth_the_same_the_first_in_the_message_go_out() -> None:
    links = [f"http://{number:02}-pills.com/" for number in reversed(MANY)]
    page = "".join(f"<a href='{one}'>x</a>" for one in links)
    assert reported(html(page), "url") == links[:MAX_OF_A_KIND]


def test_the_documentation_says_how_many() -> None:
    assert f"From one message at most {MAX_OF_A_KIND} of a kind" in PAGE.read_text(encoding="utf-8")
