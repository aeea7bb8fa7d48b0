"""`make faults`: kills, full disks, dead name servers and the like under real mail, and the reckoning afterwards.

Needs root. Exits with 1 where something does not hold; the seed that is printed gives the same order again.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from tests.faults import tables
from tests.faults.books import claims
from tests.faults.trial import FAULTS, FULL, OF_STORE, PATIENCE, Trial
from tests.servers.processes import ServerError


def main() -> int:
    """Run a trial as the command line says; the exit code."""
    options = _options()
    seed = SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    console = Console(width=120, highlight=False)
    again = f"make faults MINUTES={options.minutes:g} SEED={seed} STORE={options.store}"
    console.print(f"faults for {options.minutes:g} minutes; the same order again: {again}")
    began = time.monotonic()
    every = [*FAULTS, *OF_STORE[options.store]]
    chosen = [fault for fault in every if any(word in fault.name for word in options.only)] if options.only else every

    def tell(line: str) -> None:
        console.print(f"{time.monotonic() - began:6.1f} s  {line}")

    trial = Trial(seed, FULL, tell, chosen, options.store)
    try:
        books = trial.run(options.minutes)
    except ServerError as error:
        console.print(f"faults: FAILED: {error}")
        return 1
    finally:
        if options.logs is not None:
            options.logs.write_text(trial.logs, encoding="utf-8")
    held = claims(books, PATIENCE)
    console.print(tables.episodes(trial.episodes, books))
    console.print(tables.claims(held))
    console.print(tables.summary(trial.episodes, books))
    return 1 if any(claim.wrong for claim in held) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="at least; all faults come once in any case")
    parser.add_argument("--seed", type=int, help="the order of the faults (default: by chance)")
    parser.add_argument("--store", choices=[*OF_STORE], default="sqlite", help="what the reporter keeps its store in")
    parser.add_argument("--only", nargs="*", metavar="WORD", help="only faults with one of these words in their name")
    parser.add_argument("--logs", type=Path, help="write what both daemons logged to this file")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: nothing is left running
    sys.exit(main())
