"""Several reporters on one store: a campaign is learned once, and a filter has one teacher."""

import threading
from pathlib import Path
from typing import Any

from tests.reporter.caught import Place
from tests.reporter.learning.school import Remembering, advertising, intake_of
from trapline.reporter.learning.teacher import Teacher
from trapline.reporter.storage.store import Store


def a_teacher(place: Place, store: Store, filter_: Remembering) -> Teacher:
    return Teacher(place.settings, store, filter_, lambda: place.traps.current, place.clock, lambda _: None)


def test_of_several_reporters_on_one_store_one_learns_a_campaign(tmp_path: Path, url: str) -> None:
    options: dict[str, Any] = {"learning": {"filter": "spamd", "mode": "auto"}}
    stores = [Store.open(url, host=f"mx{number}") for number in range(2)]
    filters = [Remembering(), Remembering()]

    def work(number: int) -> None:
        while teachers[number].work():
            pass

    teachers = []
    for number, store in enumerate(stores):
        (tmp_path / f"mx{number}").mkdir()
        place = Place(tmp_path / f"mx{number}", database=url, options=options)
        place.catch(advertising(1))
        intake_of(place, store)
        teachers.append(a_teacher(place, store, filters[number]))
    both = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert sorted(len(filter_.told) for filter_ in filters) == [0, 1]
    for store in stores:
        store.close()


def test_two_reporters_of_one_host_never_tell_the_filter_at_once(tmp_path: Path, url: str) -> None:
    place = Place(tmp_path, database=url, options={"learning": {"filter": "spamd", "mode": "auto"}})
    place.catch(advertising(1))
    first, second = (Store.open(url, host="mx") for _ in range(2))
    intake_of(place, first)
    filter_ = Remembering()
    one, other = (a_teacher(place, store, filter_) for store in (first, second))
    one.work()
    assert other.work() is False
    assert len(filter_.told) == 1
    first.close()
    second.close()
