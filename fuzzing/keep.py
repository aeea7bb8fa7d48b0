"""Choose what is kept of a run: `python -m fuzzing.keep TARGET…`; without a name, of every target.

Of the inputs in build/fuzzing/TARGET/ those go into the kept corpus that together take every step, from one line of
trapline to another, that all of them take: the smallest first, as few as that needs, MAX_KEPT at most.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Collection, Iterable
from types import FrameType
from typing import Any

from fuzzing.__main__ import BUILD, KEPT
from fuzzing.every import TARGETS
from fuzzing.target import Target

MAX_KEPT = 40
MAX_BYTES = 2_000  #: of an input that is kept

Step = tuple[str, int, int]  #: file, line before, line


def steps(target: Target, data: bytes) -> frozenset[Step]:
    """Which steps the parser takes with `data`."""
    taken: set[Step] = set()

    def trace(frame: FrameType, _event: str, _arg: Any) -> Any:
        name = frame.f_code.co_filename
        if f"{os.sep}trapline{os.sep}" not in name:
            return None
        before = 0

        def line(frame: FrameType, _event: str, _arg: Any) -> Any:
            nonlocal before
            taken.add((name, before, frame.f_lineno))
            before = frame.f_lineno
            return line

        return line

    threading.settrace(trace)
    sys.settrace(trace)
    try:
        target.check(data)
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return frozenset(taken)


def chosen(target: Target, inputs: Iterable[bytes], known: Iterable[bytes]) -> list[bytes]:
    """The inputs that take steps which neither `known` ones nor those before them take, the best first."""
    reached = {step for data in known for step in steps(target, data)}
    left = {data: steps(target, data) for data in inputs if len(data) <= MAX_BYTES}
    kept: list[bytes] = []
    while left and len(kept) < MAX_KEPT:
        best = max(left, key=lambda data: (len(left[data] - reached), -len(data), data))
        if not left[best] - reached:
            break
        reached |= left.pop(best)
        kept.append(best)
    return kept


def main(names: Collection[str]) -> None:
    """Say how many are new in each target's corpus. Raises SystemExit: there is no such target."""
    if unknown := set(names) - set(TARGETS):
        raise SystemExit(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    for name in names:
        folder = KEPT / name
        folder.mkdir(parents=True, exist_ok=True)
        known = [*TARGETS[name].seeds(), *(file.read_bytes() for file in sorted(folder.iterdir()))]
        inputs = [file.read_bytes() for file in sorted((BUILD / name / "inputs").glob("*"))]
        new = chosen(TARGETS[name], inputs, known)
        for data in new:
            (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        print(f"{name:<16}{len(new)} of {len(inputs)}, {sum(map(len, new))} bytes", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or TARGETS)
