"""What changes in the store gets into the files; what did not change is not written again."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import Clock
from tests.reporter.listing.listed import a_kept
from trapline.blocklist.zone import serial_of
from trapline.config.blocklist_files import Files, Served
from trapline.config.durable import Beside
from trapline.config.events import Event
from trapline.dnsbl import blockfile
from trapline.reporter.listing import publisher as publisher_module
from trapline.reporter.listing import rows
from trapline.reporter.listing.publisher import Publisher
from trapline.reporter.storage.store import Store

EVERY = ("milter", "rbldnsd", "bind", "text", "details", "postmap")
ZONE = {"name": "bl.example.com", "nameservers": ("ns1.example.com",), "hostmaster": "hostmaster@example.com"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lists"
    made.mkdir()
    return made


def served(folder: Path, *names: str, **more: Any) -> Served:
    files = {name: str(folder / name) for name in names or EVERY}
    return Served.model_validate({"zone": ZONE, "files": {"milter": "", **files}, **more})


class Published:
    """A store, and a publisher of it."""

    def __init__(self, store: Store, served: Served) -> None:
        self.store, self.served = store, served
        self.clock = Clock()
        self.said: list[Event] = []
        self.publisher = self.another()

    def another(self) -> Publisher:
        """As after a restart."""
        return Publisher(self.store, self.served, timedelta(days=365), self.clock, self.said.append)

    def keep(self, *networks: str, **changes: Any) -> None:
        with self.store.writing() as db:
            rows.save(db, [a_kept(network, at=self.clock(), **changes) for network in networks])

    def inode(self, name: str) -> int:
        return self.path(name).stat().st_ino

    def path(self, name: str) -> Path:
        path = self.served.files.paths()[name]
        assert path is not None
        return path

    def listed(self) -> set[str]:
        """By the plain text."""
        return {line for line in self.path("text").read_text().splitlines() if not line.startswith("#")}


@pytest.fixture
def make(store: Store, folder: Path) -> Callable[..., Published]:
    return lambda *names, **more: Published(store, served(folder, *names, **more))


Make = Callable[..., Published]


def test_every_file_is_written_at_the_start_though_nobody_is_listed(make: Make, folder: Path) -> None:
    assert make().publisher.look()
    assert {path.name for path in folder.iterdir()} == {*EVERY, "postmap.db"}


def test_who_is_listed_is_in_every_file_after_the_next_look(make: Make) -> None:
    published = make()
    published.publisher.look()
    published.keep("11.0.0.66/32", "2001:db8:0:1::/64")
    assert published.publisher.look()
    assert published.listed() == {"11.0.0.66", "2001:db8:0:1::/64"}
    assert b"\n66.0.0.11 A 127.0.0.2\n" in published.path("bind").read_bytes()
    assert b"\n11.0.0.66 :2:" in published.path("rbldnsd").read_bytes()
    assert b"\n11.0.0.66\t450 4.7.1 " in published.path("postmap").read_bytes()
    assert len(json.loads(published.path("details").read_text())["entries"]) == 2
    assert len(blockfile.read(published.path("milter"))) == 2


def test_what_is_removed_held_or_over_is_in_none(make: Make) -> None:
    published = make()
    published.keep("11.0.0.1/32", "11.0.0.2/32", "11.0.0.3/32", "11.0.0.4/32")
    published.publisher.look()
    published.keep("11.0.0.1/32", state="off")
    published.keep("11.0.0.2/32", state="held")
    published.keep("11.0.0.3/32", state="expired")
    published.publisher.look()
    assert published.listed() == {"11.0.0.4"}


def test_an_entry_drops_out_by_itself_when_its_time_is_over(make: Make) -> None:
    published = make()
    published.keep("11.0.0.66/32")
    published.publisher.look()
    published.clock.move(hours=23)
    assert not published.publisher.look()
    published.clock.move(hours=1)
    assert published.publisher.look()
    assert published.listed() == set()
    assert len(blockfile.read(published.path("milter"))) == 0


def test_nothing_is_written_while_nothing_changes(make: Make) -> None:
    published = make()
    published.keep("11.0.0.66/32")
    published.publisher.look()
    before = [published.inode(name) for name in EVERY]
    published.clock.move(minutes=5)
    assert not published.publisher.look()
    assert [published.inode(name) for name in EVERY] == before


def test_a_file_in_which_a_hit_changes_nothing_is_left_alone(make: Make) -> None:
    """Another hit of the same day lasts longer: milter and operator are told, the zones say what they said."""
    published = make()
    published.keep("11.0.0.66/32", repeated=True)
    published.publisher.look()
    before = {name: published.inode(name) for name in EVERY}
    published.keep("11.0.0.66/32", repeated=True, hits=3, expires=published.clock() + timedelta(hours=48))
    assert published.publisher.look()
    assert {name for name in EVERY if published.inode(name) != before[name]} == {"milter", "details"}


def test_a_file_that_is_gone_or_that_somebody_changed_is_made_anew(make: Make) -> None:
    published = make()
    published.keep("11.0.0.66/32")
    published.publisher.look()
    whole = {name: published.path(name).read_bytes() for name in EVERY}
    for name in EVERY:
        published.path(name).unlink()
    assert published.publisher.look()
    for name in EVERY:
        with published.path(name).open("ab") as file:
            file.write(b"11.0.0.99\n")
    assert published.publisher.look()
    (published.path("postmap").with_name("postmap.db")).unlink()
    assert published.publisher.look()
    assert published.path("postmap").with_name("postmap.db").exists()
    assert published.path("text").read_bytes() == whole["text"]
    assert [len(published.path(name).read_bytes()) for name in EVERY] == [len(whole[name]) for name in EVERY]


def test_a_restart_writes_nothing_that_is_there_already(make: Make) -> None:
    published = make()
    published.keep("11.0.0.66/32")
    published.publisher.look()
    before = [published.inode(name) for name in EVERY]
    published.clock.move(hours=1)
    again = published.another()
    assert not again.look()
    assert [published.inode(name) for name in EVERY] == before
    published.keep("11.0.0.67/32")
    assert again.look()
    assert published.listed() == {"11.0.0.66", "11.0.0.67"}


def test_what_changed_while_the_reporter_was_off_is_written_at_the_start(make: Make) -> None:
    published = make()
    published.keep("11.0.0.66/32")
    published.publisher.look()
    published.keep("11.0.0.67/32")
    assert published.another().look()
    assert published.listed() == {"11.0.0.66", "11.0.0.67"}


@pytest.mark.parametrize("name", ["bind", "rbldnsd"])
@pytest.mark.parametrize("changed", [{"ttl": "30s"}, {"negative_ttl": "15s"}, {"nameservers": ("ns2.example.com",)}])
def test_a_zone_that_is_configured_otherwise_is_written_at_the_start(
    make: Make, name: str, changed: dict[str, object]
) -> None:
    """Though the list is the same, and the head as long as it was."""
    make(name).publisher.look()
    assert make(name, zone={**ZONE, **changed}).publisher.look()
    assert not make(name, zone={**ZONE, **changed}).publisher.look()


@pytest.mark.parametrize("name", ["bind", "rbldnsd"])
def test_serials_grow_over_a_second_a_restart_and_a_clock_that_was_set_back(make: Make, name: str) -> None:
    published = make(name)

    def serial() -> int:
        found = serial_of(published.path(name).read_bytes()[:1000])
        assert found is not None
        return found

    published.publisher.look()
    serials = [serial()]
    published.keep("11.0.0.1/32")
    published.publisher.look()
    serials.append(serial())
    published.clock.move(hours=-30)
    published.keep("11.0.0.2/32", expires=None)
    published.publisher.look()
    serials.append(serial())
    published.keep("11.0.0.3/32", expires=None)
    published.another().look()
    serials.append(serial())
    assert serials == sorted(set(serials))


def test_many_changes_in_a_row_end_as_the_store_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spliced time after time, each file is as if it had been made anew; of too many changes the list is read anew."""
    monkeypatch.setattr(publisher_module, "MAX_CHANGES", 40)
    published = make("text", "bind", "rbldnsd", "details", "milter")
    for step in range(6):
        networks = [
            f"11.0.{number % 7}.{number * 37 % 256}/32" for number in range(step * 11, step * 11 + 30 + 5 * step)
        ]
        published.keep(*networks, "11.0.3.0/25", state="off" if step % 3 == 2 else "listed", hits=step)
        published.publisher.look()
    spliced = {name: published.path(name).read_bytes() for name in published.served.files.paths()}
    for name in spliced:
        published.path(name).unlink()
    published.clock.move(seconds=-10)
    published.another().look()
    for name, content in spliced.items():
        skipped = 400 if name in {"bind", "rbldnsd"} else 60  # the head: time and serial
        assert published.path(name).read_bytes()[skipped:] == content[skipped:], name


def test_files_are_readable_for_whom_they_are_meant_whatever_the_umask(make: Make) -> None:
    before = os.umask(0o077)
    try:
        published = make()
        published.publisher.look()
    finally:
        os.umask(before)
    modes = {name: published.path(name).stat().st_mode & 0o777 for name in EVERY}
    modes["postmap.db"] = published.path("postmap").with_name("postmap.db").stat().st_mode & 0o777
    for_all = ("rbldnsd", "bind", "text", "postmap", "postmap.db")
    assert modes == dict.fromkeys(for_all, 0o644) | dict.fromkeys(("milter", "details"), 0o640)


def test_a_file_that_cannot_be_written_is_told_once_and_the_others_are_written(make: Make, folder: Path) -> None:
    published = make("text", "bind")
    broken = folder / "bind"
    broken.mkdir()
    (broken / "x").touch()
    published.keep("11.0.0.1/32")
    published.publisher.look()
    published.publisher.look()
    assert published.listed() == {"11.0.0.1"}
    assert [event.name for event in published.said] == ["blocklist not written"]
    assert published.publisher.failed
    (broken / "x").unlink()
    broken.rmdir()
    assert published.publisher.look()
    assert broken.is_file()
    assert [event.name for event in published.said] == ["blocklist not written", "blocklist well"]
    assert not published.publisher.failed


@pytest.mark.parametrize("name", EVERY)
def test_what_could_not_be_written_is_written_with_the_next_look(make: Make, name: str) -> None:
    """Here: another process is at it; the old file stays until then."""
    published = make(name)
    published.publisher.look()
    old = published.path(name).read_bytes()
    published.keep("11.0.0.1/32")
    with Beside(published.path(name), 0o644):
        assert not published.publisher.look()
        assert not published.publisher.look()
    assert len(published.said) == 1
    assert published.path(name).read_bytes() == old
    assert published.publisher.look()
    assert published.path(name).read_bytes() != old


def test_a_failed_writing_leaves_the_old_file_and_nothing_beside_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here: there is no postmap on the machine any more."""
    published = make("postmap")
    published.publisher.look()
    old = published.path("postmap").read_bytes()
    monkeypatch.setattr("trapline.reporter.listing.postmap._PATH", "/nowhere")
    published.keep("11.0.0.1/32")
    assert not published.publisher.look()
    assert "there is no postmap" in str(published.said[0])
    assert published.path("postmap").read_bytes() == old
    assert {path.name for path in published.path("postmap").parent.iterdir()} == {"postmap", "postmap.db"}


def test_the_milters_file_is_left_out_where_nobody_made_its_folder_and_nobody_asked_for_it(store: Store) -> None:
    nobody_asked = Served(files=Files())
    assert nobody_asked.files.milter is not None
    published = Published(store, replace_default(nobody_asked))
    assert not published.publisher.look()
    assert not published.said


def replace_default(served: Served) -> Served:
    """The same with a default path that certainly is not there."""
    files = Files.model_construct(**{**served.files.__dict__, "milter": Path("/nowhere/milter.bl")}, _fields_set=set())
    return served.model_copy(update={"files": files})


def test_a_wide_network_and_an_address_in_it_are_told_apart_by_the_milter_too(make: Make) -> None:
    published = make("milter")
    published.keep("11.0.0.0/16", repeated=True)
    published.keep("11.0.5.7/32")
    published.publisher.look()
    read = blockfile.read(published.path("milter"))
    key = blockfile.key(ip_network("11.0.5.7/32").network_address)
    beside = blockfile.key(ip_network("11.0.5.8/32").network_address)
    assert key is not None
    assert beside is not None
    now = published.clock().timestamp()
    assert read.find(key, now) == blockfile.Entry(2, repeated=False)
    assert read.find(beside, now) == blockfile.Entry(2, repeated=True)


def test_a_store_that_was_put_back_is_read_anew(make: Make, tmp_path: Path) -> None:
    """Its revision is lower than that which is known."""
    published = make("text")
    published.keep("11.0.0.1/32")
    published.keep("11.0.0.2/32")
    published.publisher.look()
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    with other.writing() as db:
        rows.save(db, [replace(a_kept("11.0.0.3/32"))])
    published.publisher._store = other
    assert published.publisher.look()
    assert published.listed() == {"11.0.0.3"}
    other.close()
