"""How fast the milter is: `python -m benchmarks.milter [--only warm,cold] [--seconds 3] [--rounds 3] [--json FILE]`.

In one run, in turn: `trapline milter`, a no-op pymilter with the same callbacks (as plain functions, and as pymilter's
class), and the obvious implementation, with rbldnsd as name server. Needs rbldnsd; nothing leaves the machine. Exits
with 1 where a target is missed.
"""

import argparse
import dataclasses
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.milter.scenarios import SCENARIOS, Bench
from tests.servers.rbldnsd import Rbldnsd


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="trapline-benchmark-", dir=options.folder))
    try:
        with Rbldnsd() as dns:
            bench = Bench(folder, dns, options.seconds, options.rounds)
            for name in options.only:
                print(f"measuring {name} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
                SCENARIOS[name](bench)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json is not None:
        options.json.write_text(json.dumps(_as_json(bench), indent=1) + "\n", encoding="utf-8")
    _print(bench)
    return 0 if all(claim.holds for claim in bench.claims) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milter", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", type=_names, default=list(SCENARIOS), help=f"of {','.join(SCENARIOS)}; default all")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is repeated, in turn (default 3)")
    parser.add_argument("--json", type=Path, help="write every figure of every round to this file")
    parser.add_argument(
        "--folder", help="on the disk that captured mail is to be written to (default: where TMPDIR is)"
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in SCENARIOS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SCENARIOS)}")
    return names


def _as_json(bench: Bench) -> dict[str, object]:
    claims = [dataclasses.asdict(claim) | {"holds": claim.holds} for claim in bench.claims]
    return {
        "cores": os.cpu_count(),
        "seconds": bench.seconds,
        "rounds": bench.rounds,
        "measures": [dataclasses.asdict(measure) for measure in bench.measures],
        "claims": claims,
    }


def _print(bench: Bench) -> None:
    print(f"{'scenario':36} {'subject':20} {'unit':20} {'median':>9} {'best':>9}")
    for one in bench.measures:
        print(f"{one.scenario:36} {one.subject:20} {one.unit:20} {one.median:9.2f} {one.best:9.2f}")
    print(f"\n{'figure':56} {'value':>8}  target")
    for claim in bench.claims:
        bound = f">= {claim.at_least:g}" if claim.at_least is not None else f"<= {claim.at_most:g}"
        print(f"{claim.what:56} {claim.value:8.2f}  {bound:8} {'' if claim.holds else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
