"""One target under atheris, in a process of its own: `python -m fuzzing.worker TARGET FOLDER [options of libFuzzer]`.

`FOLDER` gets the seeds, and whatever libFuzzer's options put there. What the parsers are made of is instrumented, so
that the fuzzer sees which way an input takes.
"""

import hashlib
import logging
import sys
from pathlib import Path

import atheris

MEMORY_MB = 2_048  #: that a target may use
SECONDS = 20  #: after which libFuzzer ends an input that does not come back

with atheris.instrument_imports(include=["trapline", "authres"]):
    from fuzzing.every import TARGETS
    from fuzzing.target import Target


def prepare(target: Target, folder: Path) -> None:
    """Write the seeds, and the words as libFuzzer's dictionary has them."""
    seeds = folder / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (seeds / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    words = ('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in target.words)
    (folder / "words").write_text("".join(words))


def main(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    logging.getLogger("trapline").setLevel(logging.CRITICAL)  # what a target finds is raised, not logged
    target = TARGETS[name]
    prepare(target, folder)
    bounds = [f"-max_len={target.max_bytes}", f"-rss_limit_mb={MEMORY_MB}", f"-timeout={SECONDS}"]
    atheris.Setup([sys.argv[0], f"-dict={folder / 'words'}", *bounds, *options], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
