"""The list is written by a run with --once before it ends, and by the daemon in a thread of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, Place
from tests.reporter.listing.listed import a_kept
from tests.servers.processes import until
from trapline.config.events import Event
from trapline.reporter.listing import publishing, rows
from trapline.reporter.listing.publisher import Publisher
from trapline.reporter.listing.publishing import Publishing
from trapline.reporter.storage.store import Store
from trapline.systemd.notify import Manager


def with_files(place: Place, *command: str, **more: Any) -> Path:
    """The plain text that `place` is to write."""
    folder = place.folder / "lists"
    folder.mkdir()
    files = {"milter": "", "text": str(folder / "text"), "command": list(command)}
    place.options["blocklist"] = {"files": files | more}
    return folder / "text"


def listed(text: Path) -> set[str]:
    if not text.exists():
        return set()
    return {line for line in text.read_text().splitlines() if not line.startswith("#")}


def keep(store: Store, place: Place, network: str) -> None:
    with store.writing() as db:
        rows.save(db, [a_kept(network, at=place.clock())])


def test_once_writes_who_hit_and_runs_the_command_before_it_ends(place: Place) -> None:
    ran = place.folder / "ran"
    text = with_files(place, "/usr/bin/touch", str(ran))
    place.catch()
    assert place.once() == 0
    assert listed(text) == {CLIENT}
    assert ran.exists()


def test_once_ends_with_1_where_a_file_or_the_command_failed(place: Place) -> None:
    with_files(place, "/bin/false")
    assert place.once() == 1
    assert "blocklist: command: /bin/false ended with 1" in place.said


def test_once_runs_the_command_only_where_it_wrote(place: Place) -> None:
    ran = place.folder / "ran"
    with_files(place, "/usr/bin/touch", str(ran))
    place.once()
    ran.unlink()
    assert place.once() == 0
    assert not ran.exists()


def test_what_is_over_drops_out_in_a_run_with_once(place: Place) -> None:
    text = with_files(place)
    place.catch()
    place.once()
    place.clock.move(hours=25)
    place.once()
    assert listed(text) == set()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "LOOK_SECONDS", 0.02)


@contextmanager
def daemon(place: Place) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=place.reporter().run, args=(stop, Manager({})))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.usefixtures("quick")
def test_the_daemon_writes_who_hits_and_what_a_person_adds(place: Place, store: Store) -> None:
    text = with_files(place)
    with daemon(place):
        until("the empty list to be there", text.exists)
        place.catch()
        until("the client to be listed", lambda: listed(text) == {CLIENT})
        keep(store, place, "11.0.7.0/24")
        until("the network to be listed", lambda: listed(text) == {CLIENT, "11.0.7.0/24"})


@pytest.mark.usefixtures("quick")
def test_a_reporter_that_is_stuck_delays_no_listing(
    place: Place, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here in a round that never ends, as one does that waits for somebody's answer."""
    text = with_files(place)
    stuck, let_go = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        stuck.set()
        let_go.wait(30)

    monkeypatch.setattr("trapline.reporter.daemon.Reporter._round_of_daemon", hang)
    with daemon(place):
        assert stuck.wait(10)
        keep(store, place, "11.0.0.66/32")
        until("the client to be listed", lambda: listed(text) == {CLIENT})
        place.clock.move(hours=24)
        until("it to drop out", lambda: listed(text) == set())
        let_go.set()


@pytest.mark.usefixtures("quick")
def test_a_command_that_hangs_delays_no_listing(place: Place, store: Store) -> None:
    text = with_files(place, "/bin/sleep", "600", command_seconds=2.0)
    said: list[Event] = []
    settings = place.settings.blocklist
    with Publishing(place.url, settings, timedelta(days=1), place.clock, said.append):
        until("the empty list to be there", text.exists)
        keep(store, place, "11.0.0.66/32")
        until("the client to be listed", lambda: listed(text) == {CLIENT})
        assert not said  # that it took too long comes later
    assert [str(event) for event in said] == ["blocklist: command: /bin/sleep took longer than 2 s and was ended"]


@pytest.mark.usefixtures("quick")
def test_the_first_command_comes_after_the_first_writing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else named would be told to read a file that is not there, and the administrator of a failure."""
    look = Publisher.look

    def slowly(publisher: Publisher) -> bool:
        time.sleep(0.3)  # in which a command that did not wait would be done
        return look(publisher)

    monkeypatch.setattr(Publisher, "look", slowly)
    text = with_files(place, "/bin/cat", str(place.folder / "lists/text"))
    said: list[Event] = []
    with Publishing(place.url, place.settings.blocklist, timedelta(days=1), place.clock, said.append):
        until("the empty list to be there", text.exists)
    assert said == []


@pytest.mark.usefixtures("quick")
def test_the_command_runs_at_the_start_though_nothing_is_to_be_written(place: Place) -> None:
    """The reporter before may have ended before it had told named."""
    ran = place.folder / "ran"
    with_files(place, "/usr/bin/touch", str(ran))
    place.once()
    ran.unlink()
    with Publishing(place.url, place.settings.blocklist, timedelta(days=1), place.clock, print):
        until("the command to run", ran.exists)


@pytest.mark.usefixtures("quick")
def test_a_store_that_fails_is_told_once_and_asked_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    text = with_files(place)
    said: list[Event] = []
    good = place.url
    works = Publishing(
        f"sqlite:///{place.folder}/nowhere/x.db", place.settings.blocklist, None, place.clock, said.append
    )
    with works:
        until("the failure to be told", lambda: said)
        works._database_url = good
        until("the list to be there", text.exists)
        until("that to be told", lambda: len(said) == 2)
    assert [event.name for event in said] == ["blocklist not written", "blocklist well"]
