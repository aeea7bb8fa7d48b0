"""An address on dnswl.org is not reported; the name server is a real one."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from tests.reporter.caught import TOKEN, GoingClock, Place, campaign, queued, trap
from tests.reporter.storage.test_plans import asked
from tests.servers.name_server import name_server, serving
from tests.servers.portal import Portal
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.settings import Spamhaus
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.last_look import LastLook
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.sender import Sender
from trapline.reporter.submission.summary import Summary
from trapline.reporter.telling import to_log


@pytest.fixture(scope="module")
def server() -> Iterator[Rbldnsd]:
    with Rbldnsd({"dnswl": {"11.0.6.6": "127.0.0.255"}}) as running:
        yield running


@pytest.fixture
def asking(place: Place, server: Rbldnsd) -> Place:
    """A reporter that asks the name server."""
    place.options |= {"dnswl": {"enabled": True}, "dqs": {"nameservers": [server.nameserver]}}
    return place


def of_the_address(place: Place) -> list[tuple[str, str | None, str | None, str | None]]:
    return place.rows(
        "SELECT d.decision, d.reason, s.state, s.answer FROM decisions d LEFT JOIN submissions s "
        "ON s.id = d.submission_id WHERE d.kind = 'ip' ORDER BY d.id"
    )


@pytest.mark.parametrize(("client", "level"), [("11.0.5.1", "low"), ("11.0.5.2", "med"), ("11.0.5.3", "hi")])
def test_the_other_users_of_a_server_on_dnswl_are_spared_and_all_else_is_reported(
    asking: Place, portal: Portal, client: str, level: str
) -> None:
    asking.catch(client=client)
    assert asking.once() == 0
    assert of_the_address(asking) == [("skip", f"on dnswl.org, level {level}", None, None)]
    assert {one.kind for one in portal.submissions} == {"domain", "url", "email"}


@pytest.mark.parametrize("client", ["11.0.5.0", "11.0.1.1"], ids=["level none", "not there"])
def test_level_none_protects_nobody(asking: Place, portal: Portal, client: str) -> None:
    asking.catch(client=client)
    asking.once()
    assert portal.objects("ip") == [client]


def test_nobody_is_asked_where_it_is_not_enabled(place: Place, portal: Portal) -> None:
    place.catch(client="11.0.5.3")
    place.once()
    assert portal.objects("ip") == ["11.0.5.3"]


def test_an_address_waits_for_an_answer_which_is_said_once_and_all_else_is_reported(
    asking: Place, portal: Portal, server: Rbldnsd
) -> None:
    for number, client in enumerate(("11.0.6.6", "11.0.6.6", "11.0.5.2")):  # refused; the third is not asked about
        asking.catch(campaign(number), client=client)
    asking.once()
    why = "dnswl.org refuses our resolver: a public one, or more queries than are free; see dnswl.org (127.0.0.255)"
    waits = ("report", None, "waiting", f"waits for dnswl.org, which gives no answer: {why}")
    assert of_the_address(asking)[0] == of_the_address(asking)[2] == waits
    assert {one.kind for one in portal.submissions} == {"domain", "url", "email"}
    assert len([line for line in asking.said if "dnswl.org gives no answer" in line]) == 1

    asking.clock.move(minutes=10)
    asking.once()
    assert portal.objects("ip") == []

    server.remove("dnswl", "11.0.6.6")
    try:
        asking.clock.move(minutes=6)
        asking.once()
    finally:
        server.add("dnswl", "11.0.6.6", "127.0.0.255")
    assert portal.objects("ip") == ["11.0.6.6"]
    assert of_the_address(asking)[2][2:] == ("dropped", "on dnswl.org, level med")


def test_a_name_server_that_is_away_holds_nothing_but_the_address_up(place: Place, portal: Portal) -> None:
    place.options |= {"dnswl": {"enabled": True}, "dqs": {"nameservers": ["127.0.0.1:9"]}}
    place.catch()
    assert place.once() == 0
    assert portal.objects("ip") == []
    assert {one.kind for one in portal.submissions} == {"domain", "url", "email"}
    assert of_the_address(place)[0][2] == "waiting"


def test_thousands_of_addresses_wait_for_an_answer_at_once(place: Place, portal: Portal) -> None:
    """One by one they would keep new mail and all other submissions waiting."""
    place.options |= {"dnswl": {"enabled": True}, "dqs": {"nameservers": ["127.0.0.1:9"]}}
    with closing(Store.open(place.url)) as store:
        queued(store, place.clock, *(f"11.0.0.{number}" for number in range(1, 31)))
        queued(store, place.clock, "pills.com", kind="domain")
    with asked() as statements:
        place.once()
    assert portal.objects("domain") == ["pills.com"]
    states = place.rows("SELECT kind, state, count(*) FROM submissions GROUP BY kind, state ORDER BY kind")
    assert states == [("domain", "accepted", 1), ("ip", "waiting", 30)]
    assert sum(statement.startswith("UPDATE submissions") and "LIMIT" in statement for statement, _ in statements) <= 2


def test_who_is_on_it_by_now_is_looked_up_only_as_long_as_a_round_lasts(place: Place, portal: Portal) -> None:
    """There may be thousands of them, and new mail waits meanwhile; whoever stops the reporter does, too."""
    with Rbldnsd({"dnswl": {f"11.0.0.{number}": "127.0.5.1" for number in range(1, 31)}}) as server:
        place.clock = GoingClock()
        place.options["dqs"] = {"nameservers": [server.nameserver]}
        dnswl = Dnswl(place.settings.dqs.nameservers, place.clock, to_log)
        client = Client(portal.url, TOKEN, timedelta(seconds=5))
        with closing(Store.open(place.url)) as store, closing(dnswl), closing(client):
            queued(store, place.clock, *(f"11.0.0.{number}" for number in range(1, 31)))
            look = LastLook(store, dnswl, place.clock)
            sender = Sender(store, client, Spamhaus(), place.clock, to_log, last_look=look)
            sender.run(Summary(), lambda _: False, timedelta(milliseconds=20))
            (dropped,) = place.rows("SELECT count(*) FROM submissions WHERE state = 'dropped'")
            assert 0 < dropped[0] < 30
            sender.run(Summary(), lambda _: True)
            assert place.rows("SELECT count(*) FROM submissions WHERE state = 'dropped'") == [(dropped[0] + 1,)]
            sender.run(Summary(), lambda _: False)
    assert place.rows("SELECT DISTINCT state, answer FROM submissions") == [("dropped", "on dnswl.org, level low")]
    assert portal.submissions == []


def test_nobody_is_told_of_a_client_that_is_not_reported(asking: Place, portal: Portal) -> None:
    asking.catch(client="11.0.6.6", mail_from="")  # backscatter; asking about it would be refused, and said
    asking.once()
    assert not any("dnswl" in line for line in asking.said)


def heard(place: Place) -> list[tuple[str, str | None]]:
    return place.rows("SELECT outcome, rule FROM blocklist_hits ORDER BY message_id")


def test_who_is_on_it_is_not_listed_here_nor_is_anybody_while_it_is_silent(asking: Place) -> None:
    for number, client in enumerate(("11.0.5.1", "11.0.5.0", "11.0.6.6")):  # level low, level none, refused
        asking.catch(campaign(number), id=f"{number}", client=client)
    asking.once(None)
    assert heard(asking) == [("spared", "on_dnswl"), ("listed", None), ("spared", "dnswl_silent")]
    assert any("nobody is listed here" in line for line in asking.said)


def test_one_question_is_asked_for_the_report_and_the_listing_and_none_for_who_is_in_neither(place: Place) -> None:
    asked: list[tuple[str, str]] = []
    with name_server(serving({}, asked)) as at:
        place.options |= {"dnswl": {"enabled": True}, "dqs": {"nameservers": [at]}}
        place.catch()
        place.catch(campaign(1), client="11.0.0.67", mail_from="")
        place.once(None)
    assert [name for name, _ in asked] == ["66.0.0.11.list.dnswl.org"]


def test_nobody_is_told_of_a_client_that_is_neither_reported_nor_listed_since_the_list_is_off(asking: Place) -> None:
    asking.options["blocklist"] = {"enabled": False}
    confirmation = campaign(0).replace(b"Cheap pills", b"Please confirm your subscription")
    asking.catch(confirmation, client="11.0.6.6", recipients=(trap(kind="typo"),))
    asking.once()
    assert not any("dnswl" in line for line in asking.said)
