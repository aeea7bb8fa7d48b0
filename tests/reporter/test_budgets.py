"""The samples and submissions of a day: how many leave, which go first, and what share a client has."""

from tests.reporter.caught import CLIENT, MESSAGE, Place, campaign, trap
from tests.servers.portal import Portal
from trapline.dnsbl.findings import Listed
from trapline.reporter import planning
from trapline.spool.envelope import Recipient


def test_no_more_samples_leave_in_a_day_than_are_allowed(place: Place) -> None:
    place.options["reporter"] = {"samples_per_day": 2}
    for number in range(3):
        place.catch(campaign(number))
    place.once(None)
    assert place.emails() == [None, None, "2 samples in 24 hours already (reporter.samples_per_day)"]
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'domain'") == [(3,)]


def test_a_sender_who_writes_countless_links_does_not_use_up_the_budget(place: Place) -> None:
    links = b"".join(b"http://landing-pills%d.com/now\n" % number for number in range(200))
    place.catch(MESSAGE + links)
    place.once(None)
    counted = place.rows("SELECT kind, count(*) FROM submissions GROUP BY kind")
    assert dict(counted) == {"ip": 1, "domain": planning.MAX_OF_A_KIND, "url": planning.MAX_OF_A_KIND, "email": 1}
    assert ("skip", "more than 20 of its kind in one message") in place.decisions("url")


def test_the_budget_of_a_day_is_spent_on_the_best_evidence_first(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 3}
    place.catch(campaign(1), listings=(Listed("zen", CLIENT, ("127.0.0.2",)),))
    place.catch(campaign(2), client="11.0.0.77")
    place.once()
    assert [one.kind for one in portal.submissions] == ["ip", "email", "email"]
    assert portal.objects("ip") == ["11.0.0.77"]
    assert place.states()["url"] == "queued"


def test_a_client_that_writes_all_day_leaves_room_in_the_budget_for_the_others(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 20}
    for number in range(8):
        place.catch(campaign(number), client="11.0.0.77")
    place.once(None)
    place.catch(campaign(9), client="11.0.0.78")
    place.once()
    assert "http://landing9-pills.com/now" in portal.objects("url")
    assert len(portal.submissions) == 20


def test_the_neighbours_in_a_64_of_ipv6_are_one_client_to_the_budget(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 20}
    for number in range(8):
        place.catch(campaign(number), client=f"2a00:1098::{number}")
    place.once(None)
    place.catch(campaign(9), client="2a00:1098:0:1::1")
    place.once()
    assert "http://landing9-pills.com/now" in portal.objects("url")


def test_a_client_whose_share_is_used_up_has_it_again_a_day_later(place: Place) -> None:
    for hours in (0, 25):
        place.clock.move(hours=hours)
        for number in range(hours, hours + 12):
            place.catch(campaign(number))
        place.once(None)
    assert place.emails() == 2 * [*([None] * 10), *(["10 samples of this client in 24 hours already"] * 2)]


def test_the_samples_of_a_day_are_not_all_for_one_client(place: Place) -> None:
    place.options["reporter"] = {"samples_per_day": 13}
    for number in range(12):
        place.catch(campaign(number))
    place.once(None)
    place.catch(campaign(12), client="11.0.0.78")
    place.once(None)
    of_this_client = "10 samples of this client in 24 hours already"
    assert place.emails() == [*([None] * 10), of_this_client, of_this_client, None]


def test_what_also_went_to_people_leaves_behind_what_did_not(place: Place, portal: Portal) -> None:
    people = (trap(), Recipient(address="anna@trap-mx.com"))
    place.catch(campaign(1), recipients=people, client="11.0.0.77")
    place.catch(campaign(2), client="11.0.0.78")
    place.once()
    assert portal.objects("ip") == ["11.0.0.78", "11.0.0.77"]
    assert portal.objects("url") == ["http://landing2-pills.com/now", "http://landing1-pills.com/now"]
