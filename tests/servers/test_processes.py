"""What the servers of the tests share."""

import subprocess
import sys
from pathlib import Path

from tests.servers.processes import free_port

ROOT = Path(__file__).parents[2]
MANY = 150
_RUN = f"from tests.servers.processes import free_port\nfor _ in range({MANY}): print(free_port())"


def test_two_processes_never_get_the_same_port() -> None:
    """Not even before the server of the one listens there: Postfix would share it with the other's."""
    ours = {free_port() for _ in range(MANY)}
    other = subprocess.run([sys.executable, "-c", _RUN], cwd=ROOT, capture_output=True, text=True, check=True)
    theirs = {int(port) for port in other.stdout.split()}
    assert len(ours) == len(theirs) == MANY
    assert not ours & theirs
