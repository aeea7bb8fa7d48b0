import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, TOKEN, TRAP, Clock, Place, RealClock, campaign
from tests.reporter.running import running
from tests.servers.portal import Answer, Portal
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.events import MAX_TEXT_LENGTH
from trapline.reporter.daemon import TAKE_TIME, Reporter
from trapline.reporter.storage.store import Store, StoreBusyError, StoreSetupError

ROOT = Path(__file__).parents[2]


LOCAL = TRAP.partition("@")[0]


def test_once_takes_in_all_mail_and_sends_all_of_it(place: Place, portal: Portal) -> None:
    place.catch()
    place.fall_back(client="from y (unknown [11.0.0.77])")
    assert place.once() == 0
    assert portal.objects("ip") == [CLIENT, "11.0.0.77"]
    assert portal.objects("domain") == ["landing-pills.com"]
    assert portal.objects("url") == ["http://landing-pills.com/now"]
    assert len(portal.objects("email")) == 1
    assert place.said[-3:] == [
        "messages: 2 taken in, 0 failed",
        "decisions: 5 report, 5 skip",
        "submissions: 5 accepted, 0 known, 0 refused, 0 waiting, 0 queued, 0 dropped",
    ]


def test_a_second_run_has_nothing_to_do(place: Place, portal: Portal) -> None:
    place.catch()
    place.once()
    sent = len(portal.requests)
    assert place.once() == 0
    assert len(portal.requests) == sent


@pytest.mark.parametrize("how", ["no token", "dry run"])
def test_a_dry_run_prints_takes_in_submits_nothing_and_is_fine(place: Place, portal: Portal, how: str) -> None:
    place.catch()
    if how == "dry run":
        place.options["spamhaus"] = {"dry_run": True}
    assert place.once(None if how == "no token" else TOKEN) == 0
    assert portal.requests == []
    text = "\n".join(place.said)
    assert f"would submit ip {CLIENT} as spam, else source-of-spam: Spam trap hit (pristine)" in text
    assert "would submit url http://landing-pills.com/now as scam, else spam: " in text
    assert "subject Cheap pills" in text
    assert "Buy them at" not in text
    assert place.said[-1].endswith("4 queued, 0 dropped")
    assert list(place.spool.new()) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(208, body=b"{}"), 0),
        (Answer(400), 0),
        (Answer(413), 0),
        (Answer.slow_down("600"), 0),
        (Answer(401), 1),
        (Answer(403), 1),
        (Answer(500), 1),
        (Answer.without_json(), 1),
    ],
    ids=["208", "400", "413", "429", "401", "403", "500", "200 without JSON"],
)
def test_the_exit_code_says_whether_somebody_has_to_look(
    place: Place, portal: Portal, answer: Answer, code: int
) -> None:
    portal.script(answer)
    place.catch()
    assert place.once() == code


@pytest.mark.parametrize(("answer", "code"), [(Answer(500), 1), (Answer(403), 1), (Answer.slow_down("60"), 0)])
def test_a_review_that_fails_has_to_be_looked_at_too(place: Place, portal: Portal, answer: Answer, code: int) -> None:
    place.catch()
    assert place.once() == 0
    portal.reading["/submissions/list"] = answer
    place.clock.move(hours=4)
    assert place.once() == code


def test_what_was_reported_is_looked_up_where_the_reporter_has_the_dqs_key(place: Place) -> None:
    with Rbldnsd() as dns:
        place.options["dqs"] = {"nameservers": [dns.nameserver]}
        place.catch()
        assert place.once(dqs_key=dns.key) == 0
        looked_up = {CLIENT: None, "landing-pills.com": None}
        found = place.rows("SELECT value, listed_at FROM lookups JOIN submissions ON id = submission_id")
        assert dict(found) == looked_up
        assert place.rows("SELECT count(clear_at) FROM lookups") == [(2,)]
        dns.stop()
        place.clock.move(hours=1)
        assert place.once(dqs_key=dns.key) == 0  # it is tried again, and holds no report up
        assert any("had no answer, trying again later" in line for line in place.said)


def test_lookups_can_be_turned_off(place: Place) -> None:
    place.options["reporter"] = {"follow_listings": False}
    place.catch()
    assert place.once(dqs_key="k3y") == 0
    assert place.rows("SELECT count(clear_at) FROM lookups") == [(0,)]


def test_two_reporters_on_one_sqlite_file_are_refused(tmp_path: Path, portal: Portal) -> None:
    place = Place(tmp_path, portal.url)
    Store.open(place.url).close()
    first = Store.open(place.url)
    first.claim()
    with pytest.raises(StoreBusyError):
        place.once()
    first.close()
    assert place.once() == 0


def test_a_fallback_that_is_named_and_missing_is_said_and_stops_nothing(place: Place) -> None:
    """Postfix makes it with its first delivery."""
    for folder in ("fallback/new", "fallback/cur", "fallback"):
        (place.folder / folder).rmdir()
    assert place.once() == 0
    assert any("/fallback does not exist yet" in line for line in place.said)


def test_a_database_in_no_folder_is_an_error_of_the_configuration(place: Place) -> None:
    reporter = Reporter(place.settings, None, f"sqlite:///{place.folder}/no/x.db", place.traps, lambda _: None)
    with pytest.raises(StoreSetupError):
        reporter.once()


_RUN = """
import sys
from pathlib import Path
from tests.reporter.caught import Place
from tests.reporter.caught import RealClock
place = Place(Path(sys.argv[1]), sys.argv[2], sys.argv[3], clock=RealClock())
sys.exit(place.once())
"""


def start(place: Place) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _RUN, str(place.folder), place.api, place.url]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_while_it_sends_nothing_is_lost_and_only_the_one_in_flight_is_sent_twice(
    place: Place, portal: Portal
) -> None:
    place.clock = RealClock()
    for number in range(3):
        place.catch(campaign(number), client=f"11.0.1.{number + 1}")
    place.once(None)
    portal.script(*[Answer(200, body=b'{"id": "%d"}' % number) for number in range(4)])
    held = portal.hold()
    process = start(place)
    assert held.reached.wait(30)
    kill(process)
    held.release()
    in_flight = portal.submissions[-1]
    assert place.once() == 0
    sent = Counter((one.kind, one.object) for one in portal.submissions)
    assert len(sent) == 12
    assert {thing for thing, times in sent.items() if times > 1} == {(in_flight.kind, in_flight.object)}
    assert max(sent.values()) == 2
    assert dict(place.rows("SELECT state, count(*) FROM submissions GROUP BY state")) == {"accepted": 11, "known": 1}


def test_killed_again_and_again_at_whatever_moment_every_message_is_taken_in_once(place: Place, portal: Portal) -> None:
    place.clock = RealClock()
    place.once(None)
    for number in range(30):
        place.catch(campaign(number), client=f"11.0.2.{number + 1}")
    reached: list[Callable[[], bool]] = [
        lambda: len(list(place.spool.cur())) >= 5,  # while it takes in
        lambda: len(list(place.spool.cur())) >= 20,
        lambda: len(portal.submissions) >= 10,  # while it sends
        lambda: len(portal.submissions) >= 60,
    ]
    for moment in reached:
        process = start(place)
        until("the moment to kill it", moment)
        kill(process)
    assert place.once() == 0
    assert place.rows("SELECT count(*), count(DISTINCT id) FROM messages") == [(30, 30)]
    assert list(place.spool.new()) == []
    assert len(list(place.spool.cur())) == 30
    sent = Counter((one.kind, one.object) for one in portal.submissions)
    assert len(sent) == 120
    assert sum(sent.values()) <= 120 + 4  # at most the one in flight at each kill
    assert {state for (state,) in place.rows("SELECT state FROM submissions")} <= {"accepted", "known"}


def some_rounds(reporter: Reporter, token: str | None) -> None:
    """Three at least: each takes note of a reload."""
    for _ in range(4):
        reporter.reload(token)
        until("a round", lambda: not reporter._reloaded.is_set())


def test_the_daemon_takes_in_and_sends_what_comes(place: Place, portal: Portal) -> None:
    with running(place):
        place.catch()
        until("the first message to be sent", lambda: len(portal.accepted()) == 4)
        place.fall_back(campaign(1), client="from y (unknown [11.0.0.77])")
        until("the second one to be sent", lambda: len(portal.accepted()) == 8)


def test_a_spool_that_cannot_be_read_stops_neither_the_fallback_nor_the_sending(
    place: Place, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    place.catch()
    place.once(None)
    (place.folder / "spool").rename(place.folder / "elsewhere")
    place.fall_back(campaign(1), client="from y (unknown [11.0.0.77])")
    with running(place):
        until("both to be sent", lambda: len(portal.accepted()) == 8)
        until("what failed to be said", lambda: "cannot read the spool" in caplog.text)
    assert caplog.text.count("cannot read the spool") == 1


def test_while_the_sending_waits_the_log_has_a_line_for_each_new_mail_and_one_for_the_wait(
    place: Place, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    portal.script(Answer.slow_down("600"))

    def told(number: int) -> bool:
        return caplog.text.count("taken in messages=1") == number

    with running(place):
        for number in range(1, 4):
            place.catch(campaign(number), client=f"11.0.6.{number}")
            until("its line", partial(told, number))
    assert caplog.text.count("sending waits until") == 1
    assert "decisions:" not in caplog.text


def test_it_stops_between_two_messages_however_many_there_are(place: Place) -> None:
    for number in range(5):
        place.catch(campaign(number))
    stop = threading.Event()
    stop.set()
    assert place.reporter().once(stop) == 0
    assert len(list(place.spool.new())) == 5


@dataclass(slots=True)
class Flood(Clock):
    """Each message that is taken in takes a while."""

    spool: Path = Path()

    def __call__(self) -> datetime:
        return self.now + len(list((self.spool / "cur").iterdir())) * TAKE_TIME / 4


def test_a_flood_of_mail_does_not_hold_up_the_sending(place: Place, portal: Portal) -> None:
    for number in range(9):
        place.catch(campaign(number), client=f"11.0.5.{number + 1}")
    place.clock = Flood(spool=place.spool.path)
    held = portal.hold()
    with running(place):
        assert held.reached.wait(20)
        left = len(list(place.spool.new()))
        held.release()
        until("all mail to be taken in", lambda: not list(place.spool.new()))
    assert left == 4


def test_a_reload_reads_the_traps_again(place: Place, portal: Portal) -> None:
    with running(place) as reporter:
        (place.folder / "traps").write_text(f"{TRAP} {LABEL}\nsecond@trap-mx.com another page\n")
        reporter.reload(TOKEN)
        until("the reload", lambda: not reporter._reloaded.is_set())
        place.fall_back(recipient="second@trap-mx.com")
        until("its mail to be sent", lambda: portal.objects("ip") == [CLIENT])


def test_a_failure_is_logged_once_while_it_lasts_and_work_goes_on_after_it(
    place: Place, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    def errors() -> int:
        return sum("cannot read the spool" in record.getMessage() for record in caplog.records)

    spool, away = place.folder / "spool", place.folder / "away"
    spool.rename(away)
    with running(place) as reporter:
        until("the failure to be logged", lambda: errors() == 1)
        some_rounds(reporter, TOKEN)
        away.rename(spool)
        place.catch()
        until("work to go on", lambda: bool(portal.accepted()))
    assert errors() == 1


def test_no_sentence_forges_a_line_or_fills_the_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    folder = "gone\n2026-11-21 12:00:00,000 INFO accepted ip \x1b[31m" + "x/" * 700
    place.options["traps"] = {"files": [str(place.folder / "traps")], "fallback": f"/{folder}"}
    with running(place):
        until("the sentence", lambda: "traps.fallback" in caplog.text)
    (sentence,) = (record.getMessage() for record in caplog.records if "traps.fallback" in record.getMessage())
    assert sentence.isprintable()
    assert len(sentence) <= MAX_TEXT_LENGTH


def test_a_dry_run_shows_each_submission_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    place.catch()
    with running(place, None) as reporter:
        until("the preview", lambda: "would submit email" in caplog.text)
        some_rounds(reporter, None)
    place.catch(MESSAGE.replace(b"landing", b"other"), client="11.0.0.67")
    with running(place, None):  # anew, as with each change of a setting
        until("what is new", lambda: "would submit ip 11.0.0.67" in caplog.text)
    assert caplog.text.count(f"would submit ip {CLIENT}") == 1
    place.once(None)
    assert sum(line.startswith("would submit ip ") for line in place.said) == 2


def test_neither_trap_nor_token_is_told_anywhere(
    place: Place, portal: Portal, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    echo = f'{{"message": "Bearer {TOKEN}"}}'.encode()
    portal.script(*[Answer(status, body=echo) for status in (400, 500, 429)])
    place.catch(helo=LOCAL, mail_from=TRAP, message=MESSAGE + f"http://p-{LOCAL}.com/{TRAP}\n".encode())
    place.catch(client="11.0.0.9", message=MESSAGE.replace(b"Cheap", TRAP.encode()))
    place.fall_back(recipient=TRAP.upper())
    place.spool.deliver([f"Delivered-To: {TRAP}\n".encode() + MESSAGE])
    said = []
    for token in (None, TOKEN, "wrong-" + TOKEN, TOKEN):
        place.once(token)
        said += place.said
        place.clock.move(hours=2)
    output = "\n".join([*said, caplog.text, *capfd.readouterr()]).lower()
    rows = str(place.rows("SELECT kind, value, object, reason, answer FROM submissions")).lower()
    bodies = b"".join(request.body for request in portal.requests).decode().lower()
    paths = "".join(request.path for request in portal.requests)
    assert len(portal.accepted()) >= 4
    for told in (output, rows, bodies, paths):
        assert LOCAL not in told
        assert TOKEN not in told
        assert LABEL not in told or told is output
