"""What the log says of the list: a line for each hit, and one warning for all that is held."""

import logging
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.reporter.caught import CLIENT, LABEL, NOON, TRAP, Place, an_envelope
from tests.reporter.listing.listed import a_kept
from trapline.config.events import Event
from trapline.reporter.listing.hits import Heard
from trapline.reporter.listing.news import WARN_EVERY, News


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(one.msg) for one in caplog.records if isinstance(one.msg, Event) and "blocklist" in one.msg.name]


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def held(news: News, number: int) -> None:
    network = f"11.0.0.{number}/32"
    found = Heard("held", ip_network(network), (LABEL,), "too many", kept=a_kept(network, "held"), new=True)
    news.tell(an_envelope(), found)


def test_each_hit_has_a_line_by_label(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = Place(tmp_path)
    caught = [place.catch(), place.catch(), place.catch(mail_from="", message=b"Content-Type: multipart/report\n\nx\n")]
    place.once(None)
    about = [f'{one.queue_id}: %s client=unknown[{CLIENT}], id={one.id}, label="{LABEL}"' for one in caught]
    listed, extended, spared = lines(caplog)
    assert listed == f"{about[0] % 'blocklisted'}, network={CLIENT}/32, hits=1, until=2026-11-22T11:59Z"
    assert extended == f"{about[1] % 'blocklist extended'}, network={CLIENT}/32, hits=2, until=2026-11-23T11:59Z"
    assert spared.startswith(f"{about[2] % 'blocklist spared'}, rule=backscatter, why=")
    assert TRAP not in "".join(lines(caplog))


def test_what_waits_for_a_second_trap_is_told_with_its_rule(caplog: pytest.LogCaptureFixture) -> None:
    News().tell(an_envelope(), Heard("waiting", None, (LABEL,), "1 of 2 traps", "newsletter"))
    (line,) = lines(caplog)
    assert "blocklist waiting client=" in line
    assert line.endswith('rule=newsletter, why="1 of 2 traps"')


def test_what_is_held_is_one_warning_with_its_number(caplog: pytest.LogCaptureFixture) -> None:
    news = News()
    for number in range(3):
        held(news, number)
    assert lines(caplog) == []
    news.warn(NOON)
    (line,) = lines(caplog)
    assert line == (
        "blocklist: 3 entries wait for a person, 11.0.0.2/32 the last: too many. See trapline blocklist list --held"
    )
    assert caplog.records[-1].levelno == logging.WARNING


def test_and_the_next_one_comes_after_a_while_only(caplog: pytest.LogCaptureFixture) -> None:
    news = News()
    held(news, 1)
    news.warn(NOON)
    held(news, 2)
    news.warn(NOON + WARN_EVERY / 2)
    assert len(lines(caplog)) == 1
    held(news, 3)
    news.warn(NOON + WARN_EVERY)
    assert "2 entries wait" in lines(caplog)[1]
    news.warn(NOON + 2 * WARN_EVERY)
    assert len(lines(caplog)) == 2


def test_a_clock_that_was_set_back_does_not_keep_it_quiet(caplog: pytest.LogCaptureFixture) -> None:
    news = News()
    for at in (NOON, NOON - timedelta(days=1000)):
        held(news, 1)
        news.warn(at)
    assert len(lines(caplog)) == 2


def test_who_is_held_already_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    news = News()
    news.tell(an_envelope(), Heard("held", ip_network(f"{CLIENT}/32"), (LABEL,), "it is held", kept=a_kept()))
    news.warn(NOON)
    assert lines(caplog) == []


def test_the_reporter_warns_in_the_round_in_which_it_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = Place(tmp_path, options={"blocklist": {"new_per_hour": 1}})
    for number in range(3):
        place.catch(client=f"11.0.{number}.1")
    place.once(None)
    assert "blocklist: 2 entries wait for a person" in lines(caplog)[-1]
