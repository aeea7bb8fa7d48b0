"""What is old is removed in small steps: nobody waits for it, and a kill at any moment does no harm."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.reporter.caught import MESSAGE, Place, campaign
from tests.reporter.removing import files, from_today, in_steps, rows
from tests.servers.portal import Portal
from tests.servers.processes import until
from trapline.reporter import old_messages, retention
from trapline.reporter.storage.schema import submissions
from trapline.reporter.storage.store import Store


@pytest.fixture
def place(place: Place) -> Place:
    return from_today(place)


def test_one_round_removes_so_much_and_the_next_one_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MAX_FILES", 2)
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    for number in range(5):
        place.catch(MESSAGE.replace(b"landing", b"landing%d" % number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=400)
    left = []
    with in_steps(place) as kept:
        while kept.work(place.clock()):
            left.append((files(place).get("cur", 0), rows(place)["messages"]))
        place.catch()
        assert kept.work(place.clock()) is False, "it rests for an hour once nothing is left"
    assert list(dict.fromkeys(left)) == [(3, 5), (1, 5), (0, 5), (0, 3), (0, 1), (0, 0)]
    assert (files(place), rows(place)["messages"]) == ({"new": 1}, 0)


def test_what_is_queued_again_between_two_rounds_keeps_its_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """`trapline retry` queues what was refused."""
    monkeypatch.setattr(retention, "MAX_FILES", 1)
    for number in range(3):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=100)
    with in_steps(place) as kept, closing(Store.open(place.url)) as store:
        assert kept.work(place.clock()) is True
        with store.writing() as db:
            db.execute(submissions.update().values(state="queued"))
        while kept.work(place.clock()):
            pass
    assert files(place) == {"cur": 2}


def test_one_line_tells_what_all_rounds_removed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    for number in range(5):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=400)
    with in_steps(place) as kept:
        while kept.work(place.clock()):
            assert place.said == []
    assert place.said == ["removed as old: 5 files of caught mail, 5 messages' rows"]


def test_who_is_stopped_in_the_middle_tells_what_is_removed_by_then(place: Place) -> None:
    place.catch()
    place.once()
    place.let_pass(days=400)
    with in_steps(place) as kept:
        assert kept.work(place.clock()) is True
        kept.close()
    assert place.said == ["removed as old: 1 files of caught mail, 0 messages' rows"]


ROOT = Path(__file__).parents[2]
_RUN = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.reporter.caught import Clock, Place
from trapline.reporter import old_messages, retention
retention.MAX_FILES, old_messages.MAX_MESSAGES = 4, 2  # many small steps: many moments to be killed in
place = Place(Path(sys.argv[1]), sys.argv[2], sys.argv[3], clock=Clock(datetime.now(UTC) + timedelta(days=400)))
place.options["spamhaus"] = {"review_minutes": 0}
sys.exit(place.once())
"""


def test_killed_again_and_again_only_what_is_old_goes_and_all_of_it(place: Place, portal: Portal) -> None:
    """What comes meanwhile is taken in and sent once."""
    for number in range(24):
        place.catch(campaign(number), client=f"11.0.1.{number + 1}")
    place.once()
    place.let_pass()
    sent = len(portal.submissions)
    for left in (20, 11, 3):
        process = start(place)
        until("so much to be removed", lambda left=left: rows(place)["messages"] <= left)  # type: ignore[misc]
        process.kill()
        process.wait()
        assert orphans(place) == 0
    young = place.catch(campaign(30), client="11.9.9.9", received=datetime.now(UTC) + timedelta(days=399))
    assert start(place).wait() == 0
    assert place.rows("SELECT id FROM messages") == [(young.id,)]
    assert set(files(place)) <= {"cur"}
    assert [one.object for one in portal.submissions[sent:] if one.kind == "ip"] == ["11.9.9.9"]
    assert orphans(place) == 0


def orphans(place: Place) -> int:
    """The rows whose message or submission is gone."""
    of_messages = "SELECT count(*) FROM submissions WHERE message_id NOT IN (SELECT id FROM messages)"
    of_submissions = "SELECT count(*) FROM lookups WHERE submission_id NOT IN (SELECT id FROM submissions)"
    return sum(place.rows(query)[0][0] for query in (of_messages, of_submissions))


def start(place: Place) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _RUN, str(place.folder), place.api, place.url]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
