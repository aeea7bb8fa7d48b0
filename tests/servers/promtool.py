"""promtool (Debian's package prometheus), which knows what Prometheus takes."""

import subprocess

from tests.servers.processes import program


def promtool(*arguments: str, stdin: str = "") -> tuple[int, str]:
    """Run `promtool ARGUMENTS`: its exit code, and all that it said."""
    done = subprocess.run(
        [program("promtool"), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # it makes a database for each case, half a minute for all where the machine is slow
    )
    return done.returncode, done.stdout + done.stderr
