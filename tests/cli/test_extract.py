"""`trapline extract` says of saved mail what `show` says of caught mail: each thing that was seen, and its decision."""

from pathlib import Path

import pytest

from tests.cli.test_blocklist import in_process
from tests.reporter.caught import CLIENT, MESSAGE, TRAP, Place
from tests.servers.trapline_process import Run


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def extract(place: Place, *arguments: str) -> Run:
    config = place.folder / "trapline.toml"
    config.write_text(f'[traps]\nfiles = ["{place.folder}/traps"]\n', encoding="utf-8")
    config.chmod(0o600)
    done = in_process("extract", *arguments, config=config)
    assert done.code == 0
    assert TRAP not in done.output
    return done


def test_of_a_caught_file_the_address_and_the_sample_are_told_beside_domains_and_links(place: Place) -> None:
    place.catch()
    (file,) = place.spool.new()
    lines = extract(place, "--trust-envelope", str(file)).stdout.splitlines()
    assert f"  report ip     {CLIENT}  (seen in client)" in lines
    assert "  report email  the message, as a sample  (seen in message)" in lines
    kinds = [line.split()[1] for line in lines if line.startswith(("  report ", "  skip "))]
    assert list(dict.fromkeys(kinds)) == ["ip", "domain", "url", "email"]


def test_where_nobody_knows_who_sent_it_there_is_no_address(place: Place) -> None:
    (place.folder / "saved.eml").write_bytes(MESSAGE)
    shown = extract(place, str(place.folder / "saved.eml")).stdout
    assert " ip " not in shown
    assert "  report email  the message, as a sample" in shown


def test_no_file_writes_on_the_terminal_by_its_name(place: Place) -> None:
    """An archive of samples may have any name in it."""
    (place.folder / "saved\x1b[2J.eml").write_bytes(MESSAGE)
    assert extract(place, str(place.folder / "saved\x1b[2J.eml")).stdout.startswith(f"{place.folder}/saved?[2J.eml\n")
