"""What a long blocklist costs: time and memory of writing each format for the first time, and after ten changes.

Beside each time stands that of plainly writing as many bytes, measured right after it: a file of that size, synced and
put in place. The list comes from a real store, with all of the reporter's code loaded.

python -m benchmarks.blocklist [--entries 1000000] [--folder /var/tmp]
"""

import argparse
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TypeVar

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
from trapline.reporter.store import Store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AT_ONCE = 1000
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
    print(f"reading {len(table):,} entries from the store: {took:.1f} s, then {memory('VmRSS')} MB")
    files = targets(served(folder))
    sizes, firsts = {}, {}
    for name in FORMATS:
        _, firsts[name] = timed(lambda name=name: files[name].update(table, Stamp(1, NOW)))  # type: ignore[misc]
        sizes[name] = sum(
            path.stat().st_size for path in (files[name].path, database(files[name].path)) if path.exists()
        )
    _, took = timed(lambda: table.apply({entry.network: entry for entry in some_new(CHANGES)}))
    print(f"{CHANGES} changes of the list in memory: {took * 1000:.0f} ms")
    print("format        MB   first s   ten changes s   plainly s   ratio")
    sums = [0.0, 0.0]
    for name in FORMATS:
        _, update = timed(lambda name=name: files[name].update(table, Stamp(2, NOW)))  # type: ignore[misc]
        _, plain = timed(lambda name=name: plainly(folder / "plain", sizes[name]))  # type: ignore[misc]
        sums = [sums[0] + update, sums[1] + plain]
        megabytes = sizes[name] / 1e6
        print(f"{name:8} {megabytes:6.1f} {firsts[name]:9.2f} {update:13.2f} {plain:13.2f} {update / plain:9.1f}")
    print(f"all of them: {sums[0]:.2f} s, plainly {sums[1]:.2f} s, ratio {sums[0] / sums[1]:.1f}")
    whole(folder, store)
    print(f"memory at most, over all of this: {memory('VmHWM')} MB")
    store.close()


def whole(folder: Path, store: Store) -> None:
    """From the store to all files but the compiled one, as the reporter does it."""
    publisher = Publisher(
        store, served(folder, *(name for name in FORMATS if name != "postmap")), None, lambda: NOW, print
    )
    _, took = timed(publisher.look)
    print(f"a reporter's start with these files there: {took:.1f} s")
    with store.writing() as db:
        rows.save(db, (Kept(entry, "listed", NOW, 1, NOW) for entry in some_new(CHANGES, seed=3)))
    _, took = timed(publisher.look)
    print(f"its next look, with {CHANGES} changes: {took:.2f} s for all files but postmap's")


def read(store: Store) -> Table:
    with store.reading() as db:
        return Table(changes.all_listed(db))


def plainly(path: Path, size: int) -> None:
    some = os.urandom(1 << 20)
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        for at in range(0, size, len(some)):
            file.write(some[: size - at])
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def timed(what: Callable[[], Made]) -> tuple[Made, float]:
    began = time.monotonic()
    made = what()
    return made, time.monotonic() - began


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
    for at in range(0, len(every), AT_ONCE):
        with store.writing() as db:
            rows.save(db, [Kept(entry(one, chance), "listed", NOW, 1, NOW) for one in every[at : at + AT_ONCE]])
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
