"""What a long blocklist costs: time and memory of writing each format for the first time, and after ten changes.

Beside each time stands that of plainly writing as many bytes, measured right after it: a file of that size, synced and
put in place; for the map, its source and what postmap makes of that by itself. The list comes from a real store, with
all of the reporter's code loaded.

python -m benchmarks.blocklist [--entries 1000000] [--folder /var/tmp]
"""

import argparse
import multiprocessing
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.servers.processes import program
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Stamp
from trapline.blocklist.listing import Kept
from trapline.blocklist.table import Table
from trapline.config.blocklist_files import Served
from trapline.config.networks import Network
from trapline.reporter import daemon
from trapline.reporter.listing import changes, rows
from trapline.reporter.listing.publisher import Publisher
from trapline.reporter.listing.targets import targets
from trapline.reporter.storage import schema
from trapline.reporter.storage.store import Store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AT_ONCE = 10_000
V4_SHARE = 0.9
CHANGES = 10
LOADED = daemon  #: and all that it imports, which is in memory too
Made = TypeVar("Made")

FORMATS = ("milter", "rbldnsd", "bind", "text", "details", "postmap")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be none
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        filling = multiprocessing.get_context("spawn").Process(target=fill, args=(url(folder), options.entries))
        filling.start()
        filling.join()
        measure(folder)


def measure(folder: Path) -> None:
    store = Store.open(url(folder))
    print(f"the reporter's code and the store: {memory('VmRSS')} MB")
    table, took = timed(lambda: read(store))
    print(f"reading {len(table):,} entries from the store: {took}; then {memory('VmRSS')} MB")
    files = targets(served(folder))
    firsts = {name: timed(partial(files[name].update, table, Stamp(1, NOW)))[1] for name in FORMATS}
    _, took = timed(lambda: table.apply({entry.network: entry for entry in some_new(CHANGES)}))
    print(f"{CHANGES} changes of the list in memory: {took}\n")
    print(f"{'':9} {'MB':>5}   {'first writing':18} {'ten changes':18} {'plainly':18} ratio")
    sums = [0.0] * 4
    for name in FORMATS:
        size = sum(path.stat().st_size for path in (files[name].path, database(files[name].path)) if path.exists())
        _, update = timed(partial(files[name].update, table, Stamp(2, NOW)))
        _, plain = timed(partial(plainly, folder, name, size))
        times = f"{firsts[name]!s:18} {update!s:18} {plain!s:18}"
        print(f"{name:9} {size / 1e6:5.0f}   {times} {update.wall / plain.wall:.1f}")
        sums = [sum(pair) for pair in zip(sums, (*update, *plain), strict=True)]
    print(f"all: ratio {sums[0] / sums[2]:.1f}, of processor time {sums[1] / sums[3]:.1f}\n")
    whole(folder, store)
    print(f"memory at most, over all of this: {memory('VmHWM')} MB")
    store.close()


def whole(folder: Path, store: Store) -> None:
    """From the store to all files but the compiled one, as the reporter does it. The old list is still there."""
    names = (name for name in FORMATS if name != "postmap")
    publisher = Publisher(store, served(folder, *names), None, lambda: NOW, print)
    _, took = timed(publisher.look)
    print(f"a reporter's start, all files but the map there already: {took}")
    with store.writing() as db:
        rows.save(db, (Kept(entry, "listed", NOW, 1, NOW) for entry in some_new(CHANGES, seed=3)))
    _, took = timed(publisher.look)
    print(f"its next look, with {CHANGES} changes: {took}")


def read(store: Store) -> Table:
    with store.reading() as db:
        return Table(changes.all_listed(db))


def plainly(folder: Path, name: str, size: int) -> None:
    """As many bytes of nothing; for postmap's file, its source as it is and what postmap makes of it by itself."""
    content = (folder / name).read_bytes() if name == "postmap" else b""
    some = os.urandom(1 << 20)
    beside = folder / "plain.new"
    with beside.open("wb") as file:
        file.write(content)
        for at in range(0, 0 if content else size, len(some)):
            file.write(some[: size - at])
        file.flush()
        os.fsync(file.fileno())
    if content:
        subprocess.run([program("postmap"), "-w", f"hash:{beside}"], check=True)
    beside.replace(folder / "plain")


class Took(NamedTuple):
    """Seconds: by the clock, and of processors, those of programs that were run with them."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} ({self.processor:.2f}) s"


def timed(what: Callable[[], Made]) -> tuple[Made, Took]:
    began, used = time.monotonic(), processor_seconds()
    made = what()
    return made, Took(time.monotonic() - began, processor_seconds() - used)


def processor_seconds() -> float:
    who = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in who)


def memory(what: str) -> int:
    """MB of this process: VmRSS now, VmHWM at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) // 1000


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'trapline.db'}"


def database(path: Path) -> Path:
    return path.with_name(f"{path.name}.db")


def served(folder: Path, *names: str) -> Served:
    files = {"milter": "", **{name: str(folder / name) for name in names or FORMATS}}
    zone = {"name": "bl.example.com", "nameservers": ("ns1.example.com",), "hostmaster": "hostmaster@example.com"}
    return Served.model_validate({"files": files, "zone": zone})


def fill(store_url: str, entries: int) -> None:
    store = Store.open(store_url)
    every = list(networks(entries))
    chance = random.Random(2)  # noqa: S311
    with store.writing() as db:
        for at in range(0, len(every), AT_ONCE):
            some = (Kept(entry(one, chance), "listed", NOW, 1, NOW) for one in every[at : at + AT_ONCE])
            # Past rows.save, which looks for each of them first.
            db.execute(schema.blocklist.insert(), [rows._row(kept) | {"revision": 1} for kept in some])  # noqa: SLF001
        rows.save(db, [Kept(entry(IPv4Network("127.0.0.9"), chance), "off", NOW)])  # gives the list its revision
    store.close()


def networks(number: int, seed: int = 1) -> Iterator[Network]:
    """IPv4 addresses anywhere, and /64s of many providers."""
    chance = random.Random(seed)  # noqa: S311
    v4 = int(number * V4_SHARE)
    yield from (IPv4Network(one) for one in chance.sample(range(128 << 24, 200 << 24), v4))
    yield from (IPv6Network((one << 64, 64)) for one in chance.sample(range(0x2A00 << 48, 0x2A01 << 48), number - v4))


def entry(network: Network, chance: random.Random) -> Entry:
    last = NOW - timedelta(seconds=chance.randrange(20 * 86_400))
    hits = chance.choice((1, 1, 2, 7))
    label = chance.choice(("web page, footer", "usenet 2009", "shop imprint"))
    first, expires = last - timedelta(days=hits), NOW + timedelta(seconds=chance.randrange(1, 30 * 86_400))
    return Entry(network, first, last, hits, (label,), label, f"{hits} messages to traps", expires, repeated=hits > 1)


def some_new(number: int, seed: int = 4) -> list[Entry]:
    chance = random.Random(seed)  # noqa: S311
    return [entry(network, chance) for network in networks(number, seed)]


if __name__ == "__main__":
    main()
