"""`make fuzz`: every target in turn, for the same time each, from the kept corpus and its seeds.

The new inputs stay in build/fuzzing/TARGET/, where the next run goes on; there, too, are the log and each finding. A
finding ends its target's turn, since the fuzzer would find the same again and again.
"""

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fuzzing.every import TARGETS

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "fuzzing" / "corpus"
BUILD = ROOT / "build" / "fuzzing"

_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one target."""

    name: str
    executions: int
    new_inputs: int
    findings: tuple[Path, ...]  #: the inputs
    failed: bool

    def __str__(self) -> str:
        found = f"{self.executions:>12,} executions, {self.new_inputs:>5} inputs with news"
        if self.findings:
            return f"{self.name:<16}{found}; FOUND {' '.join(map(str, self.findings))}"
        return f"{self.name:<16}{found}" + ("; FAILED: see its log" if self.failed else "")


def turn(name: str, seconds: int) -> Turn:
    """Fuzz one target for so long."""
    folder = BUILD / name
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    before = set(_findings(folder))
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/found-", "-print_final_stats=1"]
    corpora = [inputs, folder / "seeds", *(one for one in (KEPT / name,) if one.is_dir())]
    with (folder / "log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "fuzzing.worker", name, str(folder), *options, *map(str, corpora)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            check=False,
        )
    said = dict(_STATISTIC.findall((folder / "log").read_text(errors="replace")))
    findings = tuple(one for one in _findings(folder) if one not in before)
    executions, news = (int(said.get(key, 0)) for key in ("number_of_executed_units", "new_units_added"))
    return Turn(name, executions, news, findings, done.returncode != 0)


def _findings(folder: Path) -> list[Path]:
    return sorted(folder.glob("found-*"))


def main() -> int:
    """Say what came of each target; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description="Fuzz the parsers.")
    parser.add_argument("--minutes", type=float, default=10.0, help="for all of them together (default 10)")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this one")
    given = parser.parse_args()
    names = [given.target] if given.target else list(TARGETS)
    seconds = max(1, round(given.minutes * 60 / len(names)))
    print(f"{len(names)} targets, {seconds} s each; inputs and logs are in {BUILD}", flush=True)
    failed = False
    for name in names:
        ended = turn(name, seconds)
        failed |= ended.failed
        print(ended, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
