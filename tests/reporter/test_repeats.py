"""What comes twice: an indicator or a text that was submitted already, a message that comes by two ways or again."""

import pytest

from tests.reporter.caught import MESSAGE, NOON, Place, an_envelope, campaign, names
from tests.servers.portal import Portal
from trapline.spool import block


def test_what_was_submitted_within_24_hours_is_a_skip_that_points_to_that_submission(place: Place) -> None:
    place.catch()
    place.catch()
    place.once(None)
    first, second = place.rows("SELECT decision, reason, submission_id FROM decisions WHERE kind = 'ip' ORDER BY id")
    assert first == ("report", None, 1)
    assert second == ("skip", "submitted within 24 hours already (submission 1)", 1)


def test_the_window_in_which_an_indicator_is_submitted_once_can_be_set(place: Place) -> None:
    place.options["reporter"] = {"window_hours": 2.0}
    place.catch()
    place.once(None)
    place.clock.move(hours=1)
    place.catch()
    place.once(None)
    assert place.decisions("ip")[1] == ("skip", "submitted within 2 hours already (submission 1)")


def test_the_same_text_again_is_one_sample_and_another_text_another(place: Place) -> None:
    place.catch()
    place.catch(client="11.0.0.67")
    place.catch(campaign(1))
    place.once(None)
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'email'") == [(2,)]
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'ip'") == [(2,)]


SAME_CAMPAIGN = "a sample of this campaign was submitted within 24 hours already (submission 4)"


@pytest.mark.parametrize(
    "second",
    [
        campaign(1).replace(b"landing1", b"landing"),  # other words about the same domain
        MESSAGE.replace(b"landing", b"other").replace(b"now", b"now?u=8723"),  # the same words about another domain
    ],
)
def test_one_sample_of_a_campaign_is_sent_in_a_window(place: Place, second: bytes) -> None:
    for message in (MESSAGE, second):
        place.catch(message, client="11.0.0.70")
        place.once(None)
    assert place.emails() == [None, SAME_CAMPAIGN]
    place.clock.move(hours=25)
    place.catch(second)
    place.once(None)
    assert place.emails() == [None, SAME_CAMPAIGN, None]


def test_links_of_a_campaign_that_differ_only_in_a_recipients_token_count_once(place: Place) -> None:
    for number in range(3):
        place.catch(MESSAGE.replace(b"/now", b"/now?u=8fe21c%d" % number))
    place.catch(MESSAGE.replace(b"/now", b"/now?u=8fe21c7&page=2"))
    place.once(None)
    again = ("skip", "differs only in a recipient's token (submission 3)")
    assert place.decisions("url") == [("report", None), again, again, ("report", None)]


def test_what_was_taken_in_while_the_clock_was_ahead_keeps_no_evidence_from_being_reported(
    place: Place, portal: Portal
) -> None:
    place.options["reporter"] = {"samples_per_day": 1}
    place.options["spamhaus"] = {"per_day": 4}
    linked = MESSAGE.replace(b"/now", b"/now?u=8fe21c1")
    place.clock.move(days=60)
    place.catch(linked)
    place.once()
    assert place.states() == dict.fromkeys(("ip", "domain", "url", "email"), "accepted")
    place.clock.move(days=-60)
    place.catch(linked.replace(b"8fe21c1", b"8fe21c2"))
    place.once()
    assert place.emails() == [None, None]
    assert place.decisions("url") == [("report", None)] * 2
    assert {state for (state,) in place.rows("SELECT state FROM submissions")} == {"accepted", "known"}


def test_an_envelope_that_was_seen_is_just_filed_away(place: Place) -> None:
    caught = an_envelope()
    for _ in range(2):
        place.spool.deliver([block.write(caught, "mx.trap-mx.com"), MESSAGE])
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert len(names(place.folder / "spool" / "cur")) == 2
    assert place.said[-3] == "messages: 1 taken in, 0 failed, 1 known already"


def test_a_message_that_came_by_both_ways_is_one(place: Place) -> None:
    place.catch(queue_id="4bXBOTH")
    place.fall_back(queue_id="4bXBOTH")
    place.once(None)
    assert place.rows("SELECT source FROM messages") == [("milter",)]
    assert names(place.folder / "fallback" / "new") == []
    assert len(names(place.folder / "fallback" / "cur")) == 1


def test_several_files_of_one_message_in_the_fallback_are_one(place: Place) -> None:
    for number in range(3):
        place.fall_back(name=f"{number}.V1.mx", only="")
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


@pytest.mark.parametrize(
    "changes",
    [{"client": "from x (unknown [11.0.0.99])"}, {"sender": "other@pills-shop.com"}, {"queue_id": "4bXOTHER"}],
    ids=["client", "sender", "queue id"],
)
def test_another_client_sender_or_queue_id_is_another_message(place: Place, changes: dict[str, str]) -> None:
    place.catch(queue_id="4bXFALLBACK")
    place.fall_back(MESSAGE, **changes)
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(2,)]


def test_a_queue_id_that_comes_again_after_a_day_is_another_message(place: Place) -> None:
    place.catch(queue_id="4bXFALLBACK", received=NOON.replace(day=19))
    place.fall_back()
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(2,)]
