"""The text of a sample goes with the mail that it was made of."""

from typing import Any

import pytest

from tests.reporter.caught import Place, campaign
from tests.reporter.removing import from_today, in_steps
from tests.reporter.storage.test_plans import asked, plans
from tests.servers.portal import Answer, Portal
from trapline.reporter.submission import old_samples


@pytest.fixture
def place(place: Place) -> Place:
    return from_today(place)


def test_the_text_of_a_sample_goes_with_the_mail_that_it_was_made_of(place: Place) -> None:
    place.catch()
    place.once()
    place.let_pass(days=31)
    place.once()
    objects = dict(place.rows("SELECT kind, object FROM submissions"))
    assert (objects["email"], objects["domain"]) == ("", "landing-pills.com")


def test_the_text_of_a_sample_that_waits_stays(place: Place, portal: Portal) -> None:
    portal.script(*[Answer.slow_down("600")] * 9)
    place.catch()
    place.once()
    place.let_pass(days=31)
    portal.script(*[Answer.slow_down("600")] * 9)
    place.once()
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'email' AND object != ''") == [(1,)]


def test_however_many_samples_are_old_at_once_they_all_go_and_are_read_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_samples, "MAX_SAMPLES", 2)
    for number in range(5):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=31)
    with in_steps(place) as kept, asked() as statements:
        while kept.work(place.clock()):
            pass
        assert place.rows("SELECT count(*) FROM submissions WHERE object = ''") == [(5,)]
        assert len(updates(statements)) == 3
        place.clock.move(hours=2)
        statements.clear()
        while kept.work(place.clock()):
            pass
        assert updates(statements) == []
        looked = [one for one in statements if "submissions.object != " in one[0]]
    assert looked
    if place.database:
        return
    for _, step in plans(place.url, looked):
        assert "ix_submissions_state_answered_at_kind (state=? AND answered_at>? AND answered_at<?)" in step


def updates(statements: list[tuple[str, Any]]) -> list[str]:
    """Those that empty samples; not what drops submissions."""
    return [one for one, _ in statements if one.startswith("UPDATE submissions") and "answered_at" not in one]
