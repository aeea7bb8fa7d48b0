"""The worked examples of docs/architecture.md work, and its table of rooms is what import-linter holds."""

import doctest
import re
import tomllib
from pathlib import Path

from tests.documentation.snippets import ROOT, snippet
from tests.reporter.caught import MESSAGE, Place, an_envelope
from trapline.config.dqs import Dqs
from trapline.config.networks import NO_NETWORKS
from trapline.dnsbl import zones
from trapline.reporter.decisions.situation import Situation
from trapline.reporter.evidence.collect import collect
from trapline.reporter.parsing.message import parse

PAGE = "docs/architecture.md"


def goes_well(text: str, **names: object) -> None:
    """Run the example `text`, with `names` at hand."""
    test = doctest.DocTestParser().get_doctest(text, dict(names), PAGE, PAGE, 0)
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed == 0, "".join(said)


def test_a_rule_is_added() -> None:
    situation = Situation(collect(parse(MESSAGE), an_envelope()), frozenset(), NO_NETWORKS, ())
    goes_well(snippet("docs/architecture.md", ">>> from trapline.reporter.decisions.domains"), situation=situation)


def test_what_a_zone_says_is_judged() -> None:
    goes_well(snippet("docs/architecture.md", ">>> from trapline.dnsbl.codes"))


def test_the_zones_of_the_dqs_are_the_same_in_each_place_that_the_page_names() -> None:
    every = set(Dqs.zone_names())
    on = {name: {"enabled": True} for name in every}
    assert set(Dqs.model_validate(on).zones()) == every
    assert {*zones.ADDRESS_ZONES, *zones.DOMAIN_ZONES} == every
    assert set(zones.zones(Dqs.model_validate(on), "key")) == every
    example = tomllib.loads((ROOT / "config/examples/trapline.toml").read_text(encoding="utf-8"))
    assert every <= set(example["dqs"])


def test_an_intake_is_added_and_the_reporter_takes_its_mail(tmp_path: Path) -> None:
    place = Place(tmp_path)
    goes_well(snippet("docs/architecture.md", ">>> from datetime"), folder=place.spool.path)
    assert place.once(None) == 0
    assert place.rows("SELECT id, source FROM messages") == [("4711", "milter")]


def test_every_room_is_in_the_table() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        rooms = {name.partition(".")[2] for name in tomllib.load(file)["tool"]["importlinter"]["root_packages"]}
    page = (ROOT / PAGE).read_text(encoding="utf-8").partition("## The rooms")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == rooms


def test_every_file_that_the_page_names_is_there() -> None:
    """By its whole path, or as it is called within the room that the sentence is about."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+\.py|\w+/)`", text)) - {"__init__.py", "cur/"}
    assert len(named) > 20
    within = [
        ROOT,
        *(
            ROOT / folder
            for folder in (
                "dnsbl",
                "milter",
                "reporter",
                "reporter/decisions",
                "reporter/storage",
                "reporter/submission",
                "spool",
            )
        ),
    ]
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in within)] == []
