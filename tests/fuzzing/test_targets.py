"""What `make fuzz` throws at the parsers holds for the kept corpus, which has each input that ever found something."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fuzzing.every import TARGETS
from fuzzing.target import SECONDS, Target
from trapline.dnsbl import wire
from trapline.dnsbl.blockfile import Blockfile
from trapline.mailboxes import mbox, session
from trapline.reporter import judge, planning
from trapline.reporter.redaction.sample import Sample
from trapline.reporter.submission import portal
from trapline.spool import block, mailbox_origin
from trapline.traps.matching import TrapSet

CORPUS = Path(__file__).parents[2] / "fuzzing" / "corpus"


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept_and_what_is_usual_breaks_no_parser(name: str) -> None:
    run(TARGETS[name], TARGETS[name].seeds())
    run(TARGETS[name], (file.read_bytes() for file in sorted((CORPUS / name).iterdir())))


def test_every_folder_of_the_corpus_is_a_targets() -> None:
    assert {folder.name for folder in CORPUS.iterdir() if folder.is_dir()} == set(TARGETS)


def fails(*_: Any, **__: Any) -> Any:
    raise ValueError


BROKEN: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "message": (judge, "parse", fails),
    "sample": (planning, "prepare", lambda data, *_, **__: Sample(data.decode("latin-1"))),
    "envelope": (block, "write", lambda one, host, write=block.write: write(replace(one, helo="x"), host)),
    "traps": (TrapSet, "match", lambda *_: None),
    "dns": (wire, "read", lambda *_: wire.Answer(("127.0.0.2",), 60)),
    "portal": (portal, "portal_id", lambda _: "x" * 10_000),
    "origin": (mailbox_origin, "read_received", fails),
    "blocklist": (Blockfile, "find", lambda *_: None),
    "mailboxes": (session, "about_of", fails),
    "mbox": (mbox, "_part", lambda *_, **__: mbox.Part(b"", None)),
}


def run(target: Target, inputs: Iterable[bytes]) -> None:
    for data in inputs:
        target.run(data)


@pytest.mark.parametrize("name", BROKEN)
def test_a_target_notices_a_parser_that_is_broken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, seeds = TARGETS[name], tuple(TARGETS[name].seeds())
    run(target, seeds)  # what it remembers is right
    monkeypatch.setattr(*BROKEN[name])
    with pytest.raises((AssertionError, ValueError)):
        run(target, seeds)


def test_an_input_that_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((0.0, SECONDS + 0.1))
    monkeypatch.setattr("time.process_time", lambda: next(times))
    with pytest.raises(AssertionError, match="of processor time for 3 bytes"):
        Target("slow", lambda _: None, tuple).run(b"abc")
