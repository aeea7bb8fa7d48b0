"""libmilter's threads get small stacks, so that those of ended sessions are used again."""

import subprocess
import sys

SHRUNK = """
import re, threading
from pathlib import Path
from trapline.milter import stacks

def mapped():
    lines = Path("/proc/self/maps").read_text().splitlines()
    return [line for line in lines if line.endswith("rw-p 00000000 00:00 0 ")]

stacks.shrink()
before, sizes = set(mapped()), []

def measure():
    for line in set(mapped()) - before:
        first, last = (int(end, 16) for end in line.partition(" ")[0].split("-"))
        sizes.append(last - first)

thread = threading.Thread(target=measure)
thread.start()
thread.join()
assert stacks.STACK_BYTES in sizes, sizes
"""


def test_a_thread_that_is_made_afterwards_has_a_small_stack() -> None:
    subprocess.run([sys.executable, "-c", SHRUNK], check=True, timeout=30)
