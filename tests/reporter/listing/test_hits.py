"""A message to a trap lists its client, in the transaction in which it is kept itself."""

import json
import threading
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, NOON, TRAP, Place, an_envelope, delivered, trap
from tests.reporter.listing.listed import a_kept
from trapline.blocklist.listing import Kept
from trapline.config.blocklist import Blocklist
from trapline.reporter.decisions.listing import ListHere, Listing, Spare
from trapline.reporter.judge import Context, judge
from trapline.reporter.listing import rows
from trapline.reporter.listing.hits import Heard, hear
from trapline.reporter.storage import history
from trapline.reporter.storage.schema import blocklist, blocklist_records
from trapline.reporter.storage.store import Store
from trapline.spool.envelope import Envelope

HERE = ip_network(f"{CLIENT}/32")
RULES, MAY_BE = Blocklist(), ListHere()
SECOND = trap("second@trap-mx.com", "old shop")


def hit(store: Store, listing: Listing = MAY_BE, rules: Blocklist = RULES, **changes: Any) -> Heard:
    """A message that is taken in a minute after it came."""
    envelope: Envelope = an_envelope(**changes)
    now = envelope.received + timedelta(minutes=1)
    with store.writing() as db:
        history.add_message(db, judge(b"", envelope, Context()).evidence, None, "file", now, store.host)
        return hear(db, envelope, listing, rules, now)


def entry(store: Store, network: str = f"{CLIENT}/32") -> Kept | None:
    with store.reading() as db:
        return rows.find(db, ip_network(network))


def listed(place: Place) -> list[tuple[str, int, bool]]:
    """Each entry that is listed: its network, its hits, whether it is refused for good."""
    store = Store.open(place.url)
    with store.reading() as db:
        found = [rows.kept_of(row) for row in db.execute(blocklist.select())]
    store.close()
    kept = (one.entry for one in found if one.state == "listed")
    return [(str(one.network), one.hits, one.repeated) for one in kept]


def test_a_caught_message_lists_its_client(place: Place) -> None:
    place.catch()
    place.once(None)
    assert listed(place) == [(f"{CLIENT}/32", 1, False)]


def test_two_messages_are_two_hits(place: Place) -> None:
    place.catch()
    place.catch()
    place.once(None)
    assert listed(place) == [(f"{CLIENT}/32", 2, True)]


def test_one_message_is_one_hit_whatever_its_recipients(place: Place) -> None:
    place.catch(recipients=(trap(), SECOND, trap("third@trap-mx.com")))
    place.once(None)
    assert listed(place) == [(f"{CLIENT}/32", 1, False)]


def test_a_message_that_came_by_both_ways_is_one_hit(place: Place) -> None:
    """The milter died after it had written the spool: Postfix delivers to the fallback Maildir, for each trap."""
    caught = place.catch(queue_id="4bXFALLBACK", received=NOON - timedelta(minutes=2))
    for name in ("1.V1.mx", "2.V1.mx"):
        place.fall_back(name=name, client=f"from mail.pills-shop.com (unknown [{CLIENT}])", queue_id=caught.queue_id)
    place.once(None)
    assert listed(place) == [(f"{CLIENT}/32", 1, False)]
    assert delivered(MESSAGE)


def test_of_ipv6_its_64_is_listed(place: Place) -> None:
    place.catch(client="2a00:1450:1:2:3::4")
    place.catch(client="2a00:1450:1:2:ffff::9")
    place.once(None)
    assert listed(place) == [("2a00:1450:1:2::/64", 2, True)]


def test_a_spared_client_is_not_listed_and_the_message_knows_by_which_rule(place: Place) -> None:
    caught = place.catch(mail_from="", message=b"Content-Type: multipart/report\nSubject: x\n\nx\n")
    place.once(None)
    assert listed(place) == []
    ((message, outcome, rule),) = place.rows("SELECT message_id, outcome, rule FROM blocklist_hits")
    assert (message, outcome, rule) == (caught.id, "spared", "backscatter")


def test_where_nobody_is_to_be_listed_nobody_is(place: Place) -> None:
    place.options["blocklist"] = {"enabled": False}
    place.catch()
    place.once(None)
    assert listed(place) == []
    assert place.rows("SELECT outcome, rule FROM blocklist_hits") == [("spared", "disabled")]


def test_neither_the_list_nor_its_records_hold_a_traps_address(place: Place) -> None:
    place.catch()
    place.once(None)
    for table in ("blocklist", "blocklist_records", "blocklist_hits"):
        rows_ = place.rows(f"SELECT * FROM {table}")  # noqa: S608 - a test's
        assert TRAP not in str(rows_)
    assert [json.loads(labels) for (labels,) in place.rows("SELECT labels FROM blocklist_hits")] == [[LABEL]]


def test_hits_are_counted_until_there_are_enough(store: Store) -> None:
    rules = Blocklist(minimum_hits=3)
    assert [hit(store, rules=rules).what for _ in range(4)] == ["waiting", "waiting", "listed", "extended"]
    kept = entry(store)
    assert kept is not None
    assert (kept.entry.hits, kept.entry.repeated) == (4, True)


def test_hits_of_long_ago_or_that_were_spared_do_not_count(store: Store) -> None:
    rules = Blocklist(minimum_hits=2)
    assert hit(store, rules=rules, received=NOON - timedelta(days=31)).what == "waiting"
    assert hit(store, Spare("large_sender", "a large sender's"), rules).what == "spared"
    assert hit(store, rules=rules).what == "waiting"
    assert hit(store, rules=rules).what == "listed"


def test_a_newsletter_lists_after_hits_on_two_traps_with_different_labels(store: Store) -> None:
    newsletter = ListHere(2, "a mailing that somebody may have subscribed the trap to")
    assert hit(store, newsletter).what == "waiting"
    found = hit(store, newsletter, recipients=(trap("another@trap-mx.com"),))
    assert (found.what, found.why) == (
        "waiting",
        "1 of 2 traps with different labels (a mailing that somebody may have subscribed the trap to)",
    )
    assert hit(store, newsletter, recipients=(SECOND,)).what == "listed"


@pytest.mark.parametrize("kind", ["recycled", "typo"])
def test_a_trap_that_once_was_somebodys_is_no_second_trap_of_a_newsletter(store: Store, kind: str) -> None:
    """Protects a list that one trap was put on, and on which a subscriber's old or mistyped address stands anyway."""
    newsletter = ListHere(2, "a mailing that somebody may have subscribed the trap to")
    once_somebodys = trap("ana@trap-mx.com", "old accounts", kind)
    for _ in range(2):
        assert hit(store, newsletter, recipients=(trap(), once_somebodys)).what == "waiting"
    assert hit(store, newsletter, recipients=(SECOND, once_somebodys)).what == "listed"


def test_the_hits_of_another_network_do_not_count(store: Store) -> None:
    rules = Blocklist(minimum_hits=2)
    assert hit(store, rules=rules).what == "waiting"
    assert hit(store, rules=rules, client="11.0.0.67").what == "waiting"


def test_beyond_so_many_in_a_24_new_ones_are_held_for_a_person(store: Store) -> None:
    rules = Blocklist(new_per_network=2)
    found = [hit(store, rules=rules, client=f"11.0.0.{number}").what for number in range(1, 5)]
    assert found == ["listed", "listed", "held", "held"]
    assert hit(store, rules=rules, client="11.0.1.1").what == "listed"
    assert hit(store, rules=rules, client="11.0.0.1").what == "extended"
    again = hit(store, rules=rules, client="11.0.0.4")
    assert (again.what, again.new) == ("held", False)


def test_beyond_so_many_in_an_hour_too_until_the_hour_is_over(store: Store) -> None:
    rules = Blocklist(new_per_hour=2)
    found = [hit(store, rules=rules, client=f"11.0.{number}.1").what for number in range(3)]
    assert found == ["listed", "listed", "held"]
    assert hit(store, rules=rules, client="11.0.9.1", received=NOON + timedelta(minutes=61)).what == "listed"


def test_who_has_a_lot_of_ipv6_does_not_use_up_what_ipv4_has(store: Store) -> None:
    """From a /32 a spammer sends from as many /48 as he likes."""
    rules = Blocklist(new_per_hour=2)
    found = [hit(store, rules=rules, client=f"2a0b:1:{number}::1").what for number in range(3)]
    assert found == ["listed", "listed", "held"]
    assert hit(store, rules=rules).what == "listed"


def test_who_comes_back_is_not_new_and_leaves_the_hours_room_to_strangers(store: Store) -> None:
    """Else the usual botnet, expired and back, has every new spammer wait for a person."""
    rules = Blocklist(new_per_hour=2)
    usual = [f"11.0.{number}.1" for number in range(5)]
    with store.writing() as db:
        days_ago = NOON - timedelta(days=2)
        rows.save(db, [a_kept(f"{address}/32", "expired", days_ago) for address in usual])
    assert {hit(store, rules=rules, client=address).what for address in usual} == {"listed"}
    found = [hit(store, rules=rules, client=f"11.1.{number}.1").what for number in range(3)]
    assert found == ["listed", "listed", "held"]
    every_one = Blocklist(new_per_hour=0)
    assert hit(store, rules=every_one, client=usual[0], received=NOON + timedelta(days=2)).what == "held"


def test_a_network_that_a_person_removed_keeps_the_addresses_in_it_off(store: Store) -> None:
    off = a_kept("11.0.0.0/24", "off", expires=NOON + timedelta(days=7))
    with store.writing() as db:
        rows.save(db, [off])
    assert hit(store).what == "kept off"
    assert entry(store) is None
    assert hit(store, client="11.0.1.1").what == "listed"


def test_changes_are_recorded_further_hits_are_not(store: Store) -> None:
    hit(store)
    hit(store)
    with store.reading() as db:
        found = db.execute(blocklist_records.select()).all()
    assert [(row.network, row.what, row.who, row.why) for row in found] == [
        (HERE, "listed", "trapline", f"a message to a trap ({LABEL})")
    ]


def test_hits_at_the_same_time_all_count(database: str) -> None:
    """Several reporters on one store: none of them overwrites what another one just counted."""
    stores = [Store.open(database, f"mx{number}") for number in range(3)]

    def work(store: Store) -> None:
        for _ in range(5):
            hit(store)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = entry(stores[0])
    assert kept is not None
    assert kept.entry.hits == 15
    for store in stores:
        store.close()


@pytest.mark.parametrize("days", [0, 31])
def test_who_comes_back_is_listed_again_whether_or_not_the_entry_was_dropped_meanwhile(store: Store, days: int) -> None:
    hit(store)
    later = NOON + timedelta(days=2 + days)
    found = hit(store, received=later)
    assert (found.what, found.new) == ("listed", True)
    assert found.kept is not None
    assert found.kept.entry.repeated is (days == 0)
    assert found.kept.entry.expires == later + timedelta(days=1)
