"""Clients that would take more of the milter than their share: its lookups, its memory, its processor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import milter_wire as wire
from tests.servers.lone_milter import PERSON, STRANGER, LoneMilter
from tests.servers.milter_client import CONTINUE, MilterClient
from tests.servers.rbldnsd import Rbldnsd

LISTED = "pills-r-us.com"
BATCH = 50  #: greetings that are sent before their answers are read


@pytest.fixture
def milter(tmp_path: Path) -> Iterator[LoneMilter]:
    with Rbldnsd({"dbl": {LISTED: "127.0.1.2"}}) as dns, LoneMilter(tmp_path, dns) as running:
        yield running


def greet_often(client: MilterClient, names: list[str]) -> None:
    """Without waiting for each answer, as a client may that does not care for them."""
    for first in range(0, len(names), BATCH):
        some = names[first : first + BATCH]
        client.send(b"".join(wire.packet(b"H", wire.strings(name)) for name in some))
        for _ in some:
            client.answer()


def questions_sent(milter: LoneMilter) -> int:
    milter.daemon.stop()
    found = re.search(r"queries day=\S+ sent=(\d+)", milter.daemon.output())
    assert found is not None
    return int(found[1])


def test_thousands_of_greetings_are_not_all_asked_about(milter: LoneMilter) -> None:
    """Each would be a question to Spamhaus and a place among the lookups under way, which others then lack."""
    with milter.client() as client:
        client.connect(STRANGER)
        greet_often(client, [f"mx{number}.harbour-news.com" for number in range(5000)])
    assert questions_sent(milter) < 100


def test_nor_are_thousands_of_messages_that_have_no_recipient(milter: LoneMilter) -> None:
    with milter.client() as client:
        client.connect(STRANGER)
        for number in range(1000):
            client.helo("mx.harbour-news.com")
            client.mail(f"news@mx{number}.harbour-news.com")
    assert questions_sent(milter) < 100


def test_who_never_greets_is_not_asked_about(milter: LoneMilter) -> None:
    """Port scanners, say: each address would be a question of the day's."""
    for host in range(1, 101):
        with milter.client() as client:
            client.connect(f"11.9.8.{host}")
    assert questions_sent(milter) < 50, "the zones' own tests are some"


def test_whoever_greeted_too_often_is_judged_as_ever(milter: LoneMilter) -> None:
    with milter.client() as client:
        client.connect(STRANGER)
        greet_often(client, [f"mx{number}.harbour-news.com" for number in range(500)])
        for _ in range(2):
            client.helo(LISTED)
            client.mail("news@harbour-news.com")
            assert client.rcpt(PERSON).code == 550
            client.helo("mx.harbour-news.com")
            client.mail("news@harbour-news.com")
            assert client.rcpt(PERSON) == CONTINUE
            client.helo("mx.harbour-news.com")
            client.mail(f"news@{LISTED}")
            assert client.rcpt(PERSON).code == 550


def test_a_connection_with_hundreds_of_senders_is_judged_by_each(milter: LoneMilter) -> None:
    with milter.client() as client:
        client.connect(STRANGER)
        for number in range(300):
            client.mail(f"news@mx{number}.harbour-news.com")
            assert client.rcpt(PERSON) == CONTINUE
        client.mail(f"news@{LISTED}")
        assert client.rcpt(PERSON).code == 550
