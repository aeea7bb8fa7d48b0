"""What the disk gives: files written, synced, renamed and their folder synced, by several threads at once."""

import os
import threading
import time
from pathlib import Path


def stored_per_second(folder: Path, size: int, at_once: int, seconds: float) -> float:
    """How many files of `size` octets a second are safe in `folder`, the Maildir that is measured beside it.

    In the same folders, since ext4 has a part of the disk for each, and searches long for a new inode in one where many
    files were removed lately. For that reason they stay, too.
    """
    content = os.urandom(size)
    counts = [0] * at_once
    started = time.monotonic()

    def work(place: int) -> None:
        while time.monotonic() < started + seconds:
            _store(folder, f"{size}.{started}.{place}.{counts[place]}", content)
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - started
    return sum(counts) / taken


def _store(folder: Path, name: str, content: bytes) -> None:
    with (folder / "tmp" / name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    (folder / "tmp" / name).rename(folder / "new" / name)
    descriptor = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
