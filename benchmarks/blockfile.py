"""What our own blocklist's file costs the milter: `python -m benchmarks.blockfile [--entries 1000000] [--seconds 12]`.

The real milter serves sessions, 16 at once and as fast as it can, first without a file, then while a file of so many
entries (a tenth of them IPv6) is replaced every four seconds. Prints how long a session waited at most, and what memory
the file takes, at most while the old and the new one are both there. Needs rbldnsd; nothing leaves the machine. Exits
with 1 where a target is missed.
"""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.milter.load import Result, Sessions, run
from benchmarks.milter.subjects import Subject, subject
from tests.servers.rbldnsd import Rbldnsd
from trapline.blocklist.milter_file import Row, content, order

AT_ONCE = 16
EVERY_SECONDS = 4.0
LONGEST_MS, MOST_MB = 100.0, 40.0  # what it may cost


def file_of(entries: int) -> bytes:
    """Addresses of 64.0.0.0/2 and networks of 2a00::/12, all of them listed for a day."""
    chance = random.Random(7)  # noqa: S311  the same file in each run
    expires = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
    sixes = entries // 10
    v4 = (Row(4, one, one, expires, 2, False) for one in chance.sample(range(1 << 30, 1 << 31), entries - sixes))
    v6 = (Row(6, one, one, expires, 2, False) for one in chance.sample(range(0x2A << 56, 0x2B << 56), sixes))
    return content(sorted((*v4, *v6), key=order), datetime.now(UTC))


@contextmanager
def replacing(path: Path, whole: bytes) -> Iterator[None]:
    """Put a file of the same content in its place, again and again."""
    stop = threading.Event()

    def replace() -> None:
        while not stop.wait(EVERY_SECONDS):
            put(path, whole)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def put(path: Path, whole: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(whole)
    new.rename(path)


def loaded(served: Subject, seconds: float) -> Result:
    sessions = Sessions(served.socket, kinds=500)
    numbers = itertools.count()
    run(served.socket, sessions, numbers, AT_ONCE, 1.0, 0.0)  # what is cached is cached
    return run(served.socket, sessions, numbers, AT_ONCE, seconds, 0.0)


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blockfile", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each load (default 12)")
    options = parser.parse_args()
    whole = file_of(options.entries)
    with tempfile.TemporaryDirectory(prefix="trapline-benchmark-") as made, Rbldnsd() as dns:
        folder = Path(made)
        path = folder / "milter.bl"
        with subject("without", folder, dns.nameserver, {"blocklist": {"enabled": False}}) as served:
            before, base = loaded(served, options.seconds), peak_mb(served.pid)
        put(path, whole)
        settings = {"blocklist": {"files": {"milter": str(path)}}}
        with subject("with", folder, dns.nameserver, settings) as served:
            time.sleep(1.0)
            steady = served.resident_mb
            with replacing(path, whole):
                after = loaded(served, options.seconds)
            most = peak_mb(served.pid)
    print(f"a file of {options.entries:,} entries, {len(whole) / 1e6:.1f} MB, replaced every {EVERY_SECONDS:.0f} s\n")
    print(f"{'':32} {'without':>9} {'with':>9}")
    print(f"{'sessions a second':32} {before.rate:9.0f} {after.rate:9.0f}")
    for name, share in (("half of them waited, ms", 0.5), ("99 of 100, ms", 0.99), ("the longest, ms", 1.0)):
        print(f"{name:32} {before.wait(share):9.1f} {after.wait(share):9.1f}")
    print(f"{'resident at the start, MB':32} {'':9} {steady:9.1f}")
    print(f"{'at most, MB':32} {base:9.1f} {most:9.1f}")
    held = after.wait(1.0) <= LONGEST_MS and most - base <= MOST_MB
    print(f"\nno session over {LONGEST_MS:.0f} ms, at most {MOST_MB:.0f} MB more: {'held' if held else 'MISSED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
