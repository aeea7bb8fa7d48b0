"""What is never learned, and whom that protects; each through the reporter as it runs."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import TRAP, Place, trap
from tests.reporter.learning.school import Remembering, advertising, once, states
from trapline.spool.envelope import Client, Recipient

PERSON = Recipient(address="anna@trap-mx.com")
SIGNED = b"DKIM-Signature: v=1; a=rsa-sha256; d=pills-shop.com; s=k; h=from; bh=eA==; b=eA==\n"


@pytest.fixture
def school(tmp_path: Path) -> Place:
    learning = {"filter": "spamd", "mode": "auto", "max_bytes": 20_000}
    return Place(tmp_path, options={"learning": learning, "blocklist": {"enabled": False}})


def why(school: Place, message: bytes, **envelope: Any) -> str | None:
    """Why the message is left; None: it is learned."""
    filter_ = Remembering()
    school.catch(message, **envelope)
    once(school, filter_)
    ((state, reason),) = states(school)
    assert bool(filter_.told) is (state == "learned")
    return reason


def test_a_strangers_mail_to_a_trap_is_learned(school: Place) -> None:
    assert why(school, advertising(1)) is None


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"recipients": (trap(), PERSON)}, "mixed: people got this message too"),
        ({"client": Client(address=None)}, "its client is spared: its client is not known"),
        ({"recipients": (trap(kind="recycled"),)}, "its client is spared: a recycled or typo trap"),
        ({"recipients": (trap(kind="typo"),)}, "its client is spared: a recycled or typo trap"),
        ({"client": "10.0.0.9"}, "its client is spared: "),
        ({"mail_from": ""}, "backscatter: "),
        ({"truncated": True}, "not all of it could be read"),
        (
            {"source": "mailbox", "role": "junk", "recipients": (Recipient(address=TRAP, label="Anna's"),)},
            "its client is spared: from a Junk folder",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_it_is_left_for_how_it_came(school: Place, envelope: dict[str, Any], reason: str) -> None:
    found = why(school, advertising(2), **envelope)
    assert found is not None
    assert found.startswith(reason) or (reason == "backscatter: " and "backscatter" in found)


@pytest.mark.parametrize(
    "client",
    [
        Client(address=None, authenticated=True),
        {"name": "mail-ot1-f44.google.com"},
        {"name": "relay.trap-mx.com"},
        {"exempt": True},
        {"authenticated": True},
    ],
    ids=["nobody", "provider", "ours", "exempt", "own user"],
)
def test_a_spared_clients_mail_is_left(school: Place, client: Any) -> None:
    known = client if isinstance(client, Client) else Client(address=ip_address("11.0.0.66"), **client)
    found = why(school, advertising(3), client=known)
    assert found is not None
    assert found.startswith("its client is spared: ")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"Auto-Submitted: auto-replied\n", "backscatter"),
        (b"Auto-Submitted: auto-generated\n", "Auto-Submitted"),
        (SIGNED + b"List-Unsubscribe: <mailto:out@pills-shop.com>\n", "somebody may have subscribed the trap"),
        (b"X-Forwarded-To: hidden@elsewhere.com\n", "says that it was forwarded"),
    ],
    ids=["reply", "notice", "newsletter", "forwarded"],
)
def test_it_is_left_for_what_it_says_of_itself(school: Place, field: bytes, reason: str) -> None:
    found = why(school, field + advertising(4))
    assert found is not None
    assert reason in found


def test_a_forged_notice_is_left_too_since_its_words_are_those_of_notices(school: Place) -> None:
    two_traps = (trap(), trap("second@trap-mx.com", "another page"))
    found = why(school, b"Auto-Submitted: auto-replied\n" + advertising(5), recipients=two_traps)
    assert found is not None
    assert "backscatter" in found


def test_a_request_to_confirm_a_subscription_is_left(school: Place) -> None:
    message = (
        b"From: list@news-shop.com\nSubject: Please confirm your subscription\n\n"
        b"Please click the link below to confirm your subscription to our newsletter: http://news-shop.com/confirm\n"
    )
    found = why(school, message)
    assert found is not None
    assert "confirm" in found


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"\nhttp://landing-pills.com/now\n", b"\n<img src='http://x-pills.com/1.png'>\n"]
)
def test_a_message_without_a_text_is_left(school: Place, body: bytes) -> None:
    assert why(school, b"From: news@pills-shop.com\nSubject: Offer\nContent-Type: text/html\n" + body) == (
        "there is no text to learn from"
    )


def test_what_was_refused_before_its_text_came_is_left(school: Place) -> None:
    found = why(school, b"", bodiless=True)
    assert found is not None
    assert "refused before DATA" in found


def test_a_large_message_is_left(school: Place) -> None:
    found = why(school, advertising(6) + b"further words of it\n" * 2_000)
    assert found is not None
    assert found.startswith("larger than learning.max_bytes")


def test_where_no_filter_is_taught_nothing_is_kept_of_it(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.catch(advertising(7))
    place.once(None)
    assert states(place) == []
