"""Nobody gets a third party listed here by a trap; from the spool to the store, with the spammer who is listed."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import MESSAGE, Place, campaign, trap
from trapline.blocklist.entry import listed_network
from trapline.reporter.listing.rows import find
from trapline.reporter.storage.store import Store
from trapline.spool.envelope import Client

SIGNED = b"Authentication-Results: mx.trap-mx.com; dkim=pass header.d=pills-shop.com\n"
MAILING = SIGNED + b"List-Id: News <news.pills-shop.com>\n"

#: By client: what is on top of his messages, and what else there is to them.
PARTIES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "11.1.0.1": (b"", {"name": "mail-wr1-f41.google.com"}),
    "11.1.0.2": (b"ARC-Seal: i=1; cv=none\n", {"name": "out1.cantab.net"}),
    "11.1.0.3": (b"", {"mail_from": "SRS0=ab=cd=bank.com=x@relay-host.com"}),
    "11.1.0.4": (b"", {"mail_from": ""}),
    "11.1.0.5": (b"Auto-Submitted: auto-replied\n", {}),
    "11.1.0.6": (b"Subject: Please confirm your subscription\n", {}),
    "11.1.0.7": (b"", {"kind": "recycled"}),
    "11.1.0.8": (b"Received: from a (a [11.9.9.9]) by mx.trap-mx.com\n", {"source": "file"}),
}
LABELS = ("shop", "forum", "web page")  # of the traps that each of them hits


def catch(place: Place, client: str, top: bytes, number: int, label: str, **facts: Any) -> None:
    """A message from `client` to the trap of that label."""
    who = Client(address=ip_address(client), name=facts.pop("name", None))
    recipients = (trap(label=label, kind=facts.pop("kind", "pristine")),)
    place.catch(top + campaign(number), client=who, recipients=recipients, **facts)


def take_in(place: Place) -> Callable[[str], bool]:
    """Tells, once all was taken in, whether a client is listed."""
    place.options["reporter"] = {"authserv_ids": ["mx.trap-mx.com"]}
    place.once(None)

    def is_listed(client: str) -> bool:
        store = Store.open(place.url)
        with store.reading() as db:
            found = find(db, listed_network(ip_address(client)))
        store.close()
        return found is not None and found.state == "listed"

    return is_listed


@pytest.fixture(scope="module")
def is_listed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bool]:
    """After each party has hit three traps, and a spammer one; he has also written of others in the header."""
    place = Place(tmp_path_factory.mktemp("parties"))
    for start, (client, (top, facts)) in enumerate(PARTIES.items()):
        for number, label in enumerate(LABELS):
            catch(place, client, top, 3 * start + number, label, **facts)
    forged = b"Received: from bank.com (bank.com [11.99.1.1]) by mx.trap-mx.com\nX-Originating-IP: 11.99.1.1\n"
    catch(place, "11.0.0.66", forged, 40, "shop")
    for number in range(3):
        catch(place, "11.1.0.50", MAILING, 50 + number, "shop")
        catch(place, "11.1.0.51", MAILING, 60 + number, LABELS[number])
    return take_in(place)


def test_a_spammer_is_listed_after_one_hit(is_listed: Callable[[str], bool]) -> None:
    assert is_listed("11.0.0.66")


@pytest.mark.parametrize("client", PARTIES)
def test_who_is_spared_is_not_listed_however_often_he_hits(client: str, is_listed: Callable[[str], bool]) -> None:
    assert not is_listed(client)


def test_whose_address_a_spammer_wrote_into_the_header_is_not_listed(is_listed: Callable[[str], bool]) -> None:
    assert not is_listed("11.99.1.1")


def test_a_newsletter_to_which_one_trap_was_subscribed_is_not_listed(is_listed: Callable[[str], bool]) -> None:
    assert not is_listed("11.1.0.50")


def test_who_sends_newsletters_to_traps_of_different_labels_is_listed(is_listed: Callable[[str], bool]) -> None:
    assert is_listed("11.1.0.51")


def test_who_is_refused_already_is_not_refused_for_longer_for_trying_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.catch(MESSAGE)
    take_in(place)
    before = place.rows("SELECT expires, repeated FROM blocklist")
    place.clock.move(minutes=10)
    for _ in range(3):
        place.catch(b"\n", bodiless=True)
    take_in(place)
    assert before == place.rows("SELECT expires, repeated FROM blocklist")
    assert len(before) == 1
