"""A client that one person's Junk folder shows is reported once somebody else saw it, and no sooner."""

from datetime import timedelta
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, MESSAGE, TRAP, Place, campaign, trap
from trapline.spool.envelope import Client, Envelope, Recipient

ANNA = "anna@harbour-mail.com"


def junk(place: Place, number: int, mailbox: str = "anna", **facts: Any) -> Envelope:
    table: dict[str, Any] = {
        "source": "mailbox",
        "role": "junk",
        "mailbox": mailbox,
        "queue_id": None,
        "recipients": (Recipient(address=ANNA, label=mailbox),),
    }
    return place.catch(campaign(number).replace(TRAP.encode(), ANNA.encode()), **table | facts)


def client_decisions(place: Place) -> list[str]:
    return [row[0] for row in place.rows("SELECT decision FROM decisions WHERE kind = 'ip' ORDER BY id")]


def test_one_mailbox_is_no_witness_of_its_own(place: Place) -> None:
    junk(place, 1)
    junk(place, 2)
    place.once(None)
    assert client_decisions(place) == ["skip", "skip"]


@pytest.mark.parametrize("witness", ["a trap", "a honeypot", "another mailbox"])
def test_another_witness_within_seven_days_is_enough(place: Place, witness: str) -> None:
    earlier = place.clock() - timedelta(days=6)
    if witness == "a trap":
        place.catch(campaign(1), received=earlier)
    elif witness == "a honeypot":
        place.catch(campaign(1), received=earlier, source="mailbox", role="honeypot", mailbox="pot", queue_id=None)
    else:
        junk(place, 1, "ben", received=earlier)
    junk(place, 2)
    place.once(None)
    (last,) = place.rows("SELECT decision, reason FROM decisions WHERE kind = 'ip' ORDER BY id DESC LIMIT 1")
    assert last in {("report", None), ("skip", "submitted within 24 hours already (submission 1)")}


def test_a_witness_of_long_ago_is_none(place: Place) -> None:
    place.catch(campaign(1), received=place.clock() - timedelta(days=8))
    junk(place, 2)
    place.once(None)
    assert client_decisions(place) == ["report", "skip"]


def test_an_unknown_client_is_nobody(place: Place) -> None:
    place.catch(campaign(1), client=Client())
    junk(place, 2, client=Client())
    place.once(None)
    assert client_decisions(place) == []


def test_the_owners_addresses_are_in_no_submission(place: Place) -> None:
    owners = (ANNA, "anna.b@other-mail.com")
    place.catch(
        MESSAGE.replace(TRAP.encode(), b", ".join(one.encode() for one in owners)) + b"Dear anna.b@other-mail.com\n",
        source="mailbox",
        role="junk",
        mailbox="anna",
        recipients=tuple(Recipient(address=one, label="Anna") for one in owners),
    )
    place.once(None)
    (sample,) = (row[0] for row in place.rows("SELECT object FROM submissions WHERE kind = 'email'"))
    assert not any(one in sample for one in owners)
    reasons = [row[0] for row in place.rows("SELECT reason FROM submissions")]
    assert all(one.startswith("In a mailbox's Junk folder on ") for one in reasons)
    assert sample.startswith("X-Sample-Note: "), "no Received line of ours: the message has its receiver's"


def test_a_honeypots_message_counts_as_a_trap_hit(place: Place) -> None:
    place.catch(
        source="mailbox", role="honeypot", mailbox="pot", queue_id=None, recipients=(trap(label="old account"),)
    )
    place.once(None)
    assert client_decisions(place) == ["report"]
    assert CLIENT in {row[0] for row in place.rows("SELECT value FROM submissions")}
