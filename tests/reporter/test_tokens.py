"""Tokens that come late or are refused: what waits for one, and when it is tried again."""

from tests.reporter.caught import MESSAGE, TOKEN, Place, campaign
from tests.reporter.running import running
from tests.servers.portal import Portal
from tests.servers.processes import until
from trapline.config.errors import ConfigError


def test_a_token_that_comes_within_a_day_sends_it_later_it_is_dropped(place: Place, portal: Portal) -> None:
    place.catch()
    place.once(None)
    place.clock.move(hours=25)
    place.catch(MESSAGE.replace(b"landing", b"other"), client="11.0.0.67", received=place.clock())
    place.once(None)
    place.clock.move(hours=1)
    assert place.once() == 0
    assert portal.objects("ip") == ["11.0.0.67"]
    assert place.said[-1] == "submissions: 4 accepted, 0 known, 0 refused, 0 waiting, 0 queued, 4 dropped"
    assert set(place.rows("SELECT answer FROM submissions WHERE state = 'dropped'")) == {
        ("older than a day when a token came",)
    }


def test_a_token_is_tried_once_an_hour_though_the_spool_cannot_be_read(place: Place, portal: Portal) -> None:
    place.catch()
    place.once(None)
    (place.folder / "spool").rename(place.folder / "elsewhere")
    with running(place, "wrong"):
        until("the token to be refused", lambda: bool(portal.requests))
        for name in ("1.V1.mx", "2.V1.mx"):  # each in a round of its own
            place.fall_back(name=name)
            until("another round", lambda: not list((place.folder / "fallback" / "new").iterdir()))
    assert len(portal.requests) == 1


def test_a_clock_that_was_set_back_does_not_keep_a_refused_token_from_being_tried(place: Place, portal: Portal) -> None:
    place.catch()
    with running(place, "wrong"):
        until("the token to be refused", lambda: bool(portal.requests))
        place.catch(campaign(2), client="11.0.6.2")
        until("the next round", lambda: not any(place.spool.new()))
        assert len(portal.requests) == 1
        place.clock.move(days=-2)
        until("another try", lambda: len(portal.requests) > 1)


def test_a_token_that_is_refused_stops_the_sending_and_not_the_intake(place: Place, portal: Portal) -> None:
    portal.token = "renewed-token"
    place.catch()
    with running(place) as reporter:
        until("the token to be refused", lambda: bool(portal.requests))
        place.catch(campaign(1))
        until("the mail to be taken in", lambda: not list(place.spool.new()))
        assert len(portal.requests) == 1
        reporter.reload("renewed-token")
        until("the queue to be sent", lambda: len(portal.accepted()) == 7)


def an_hour_later(place: Place) -> bool:
    """Moved on each look: the daemon may take note of the time only after the first one."""
    place.clock.move(minutes=61)
    return True


def test_a_token_that_is_refused_is_tried_again_after_an_hour(place: Place, portal: Portal) -> None:
    portal.token = "another"
    place.catch()
    with running(place):
        until("the token to be refused", lambda: len(portal.requests) == 1)
        until("it to be tried again", lambda: an_hour_later(place) and len(portal.requests) >= 2)


def test_it_is_read_again_before_that(place: Place, portal: Portal) -> None:
    """Who replaced it need not think of a reload."""
    portal.token = "renewed-token"
    file = place.folder / "token"
    place.catch()
    with running(place, read_token=file.read_text):
        until("the token to be refused", lambda: len(portal.requests) == 1)
        file.write_text("renewed-token")
        until("the queue to be sent", lambda: an_hour_later(place) and len(portal.accepted()) == 4)


def test_a_token_that_cannot_be_read_then_stops_nothing(place: Place, portal: Portal) -> None:
    def unreadable() -> str:
        raise ConfigError("spamhaus.token: cannot read it")

    portal.token = "another"
    place.catch()
    with running(place, read_token=unreadable):
        until("the token to be refused", lambda: len(portal.requests) == 1)
        portal.token = TOKEN
        until("the old one to be tried again", lambda: an_hour_later(place) and len(portal.accepted()) == 4)
