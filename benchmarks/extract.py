"""How fast the extractor is, and how much it finds: `python benchmarks/extract.py FOLDER [--rounds N]`.

Runs over every `*.eml` below FOLDER, in a process each: ours (`judge`, evidence and decisions), and the
obvious implementation (email.policy.default, BeautifulSoup's html.parser over each HTML part, `a[href]` only). Prints
messages a CPU second on one core, peak memory, and, where `oracle_dev.jsonl` lies in FOLDER, the share of its domains
that were found, over all and by kind. Nothing is fetched or resolved.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

Extractor = Callable[[bytes], set[str]]  # the registered domains and IP addresses of a message


def ours() -> Extractor:
    from trapline.reporter.judge import Context, judge  # noqa: PLC0415 - each runs in a process of its own
    from trapline.spool.envelope import Client, Envelope, Recipient  # noqa: PLC0415

    trap = Recipient(address="", trap=True, kind="pristine")
    envelope = Envelope(id="benchmark", received=datetime.now(UTC), source="file", client=Client(), recipients=(trap,))

    def extract(message: bytes) -> set[str]:
        evidence = judge(message, envelope, Context()).evidence
        addresses = {str(seen.url.address) for seen in evidence.urls if seen.url.address is not None}
        return {domain.value for domain in evidence.domains} | addresses

    return extract


def obvious() -> Extractor:
    import email  # noqa: PLC0415
    import email.policy  # noqa: PLC0415
    from urllib.parse import urlsplit  # noqa: PLC0415

    from bs4 import BeautifulSoup  # noqa: PLC0415
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415

    suffixes = PublicSuffixList()

    def extract(message: bytes) -> set[str]:
        found: set[str] = set()
        for part in email.message_from_bytes(message, policy=email.policy.default).walk():
            if part.get_content_type() == "text/html":
                for link in BeautifulSoup(part.get_content(), "html.parser").select("a[href]"):
                    host = urlsplit(str(link["href"])).hostname or ""
                    found.add(suffixes.privatesuffix(host) or host)
        return found

    return extract


def run(name: str, files: list[Path], rounds: int, answers: "multiprocessing.SimpleQueue[object]") -> None:
    """One implementation over all files; what it raises counts as an error."""
    before = _peak_mb()
    extract = {"ours": ours, "obvious": obvious}[name]()
    messages = [path.read_bytes() for path in files]
    found: dict[str, list[str]] = {}
    errors = 0
    started = time.process_time()
    for _ in range(rounds):
        errors = 0
        for path, message in zip(files, messages, strict=True):
            try:
                found[str(path)] = sorted(extract(message))
            except Exception:  # noqa: BLE001 - what the obvious implementation can't read is part of the result
                errors += 1
    seconds = time.process_time() - started
    answers.put((len(files) * rounds / seconds, before, _peak_mb(), errors, found))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def recall(folder: Path, found: dict[str, list[str]]) -> Iterable[str]:
    """A line for each kind of message, and one for all."""
    wanted: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for line in (folder / "oracle_dev.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        domains, seen = set(truth["domains"]), set(found.get(str(folder / truth["file"]), ()))
        for kind in (truth["kind"], "all"):
            wanted[kind] += len(domains)
            hit[kind] += len(domains & seen)
    for kind, count in wanted.items():
        yield f"  {kind:8} {hit[kind]:5} of {count:5}  {100 * hit[kind] / count if count else 100:6.2f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=1, help="how often each message is read (default 1)")
    options = parser.parse_args()
    files = sorted(options.folder.rglob("*.eml"))
    if not files:
        parser.error(f"no *.eml below {options.folder}")
    rates: dict[str, float] = {}
    context = multiprocessing.get_context("spawn")
    for name in ("ours", "obvious"):
        answers = context.SimpleQueue()
        worker = context.Process(target=run, args=(name, files, options.rounds, answers))
        worker.start()
        rates[name], before, peak, errors, found = answers.get()
        worker.join()
        print(f"{name}: {rates[name]:.0f} messages a CPU second, {peak:.0f} MB at most ({before:.0f} before), ", end="")
        print(f"{errors} of {len(files)} messages unreadable")
        if (options.folder / "oracle_dev.jsonl").exists():
            print("\n".join(recall(options.folder, found)))
    print(f"ours takes {rates['obvious'] / rates['ours']:.2f} of the obvious one's CPU time")


if __name__ == "__main__":
    main()
