"""The clock of the faults jumps under a process that runs, and changes no wait."""

import subprocess
import sys
from pathlib import Path

from tests.faults.clock import WrongClock

DAYS = 20 * 86_400

# A second thread is at work all the time: each switch to it is a timed wait.
_PROGRAM = """
import sys, threading, time
over = threading.Event()
def work():
    while not over.is_set():
        sum(range(1000))
threading.Thread(target=work).start()
for _ in sys.stdin:
    began = time.monotonic()
    over.wait(0.01)
    time.sleep(0.01)
    print(int(time.time()), time.monotonic() - began < 5, flush=True)
over.set()
"""


def test_a_process_sees_each_jump_and_goes_on(tmp_path: Path) -> None:
    clock, seen = WrongClock(tmp_path), list[int]()
    command, pipe = [sys.executable, "-c", _PROGRAM], subprocess.PIPE
    with subprocess.Popen(command, env=clock.environ, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for seconds in (0, DAYS, -DAYS, 0):
            clock.set(seconds)
            print(file=process.stdin, flush=True)
            time, quick = process.stdout.readline().split()
            assert quick == "True"
            seen.append(int(time))
        process.stdin.close()
    right = seen[0]
    assert [round((time - right) / DAYS) for time in seen] == [0, 1, -1, 0]
