"""What a run reached is kept by the fewest and smallest inputs."""

import shlex
from pathlib import Path

import pytest

from fuzzing import keep
from tests.documentation.snippets import snippet


def test_of_inputs_that_go_the_same_new_way_the_smallest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, option, module, *names = shlex.split(
        snippet("docs/fuzzing.md", ".venv/bin/python -m fuzzing.keep"), comments=True
    )
    assert (python, option, module) == (".venv/bin/python", "-m", keep.__name__)
    monkeypatch.setattr(keep, "KEPT", tmp_path / "corpus")
    monkeypatch.setattr(keep, "BUILD", tmp_path / "build")
    for name in names:
        (tmp_path / "corpus" / name).mkdir(parents=True)
        (tmp_path / "build" / name / "inputs").mkdir(parents=True)
    refused, likewise, usual = b"no-label@mx.com", b"without-a-label@mx.com", b"hidden1@mx.com  web page"
    for number, data in enumerate((likewise, refused, usual)):
        (tmp_path / "build" / "traps" / "inputs" / str(number)).write_bytes(data)
    keep.main(names)
    assert [file.read_bytes() for file in (tmp_path / "corpus" / "traps").iterdir()] == [refused]
    assert list((tmp_path / "corpus" / "dns").iterdir()) == []
