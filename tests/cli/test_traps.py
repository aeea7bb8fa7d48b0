"""`trapline traps` makes, adds and lists traps, and shows an address only to who asks for it."""

import json
from pathlib import Path

import pytest

from tests.servers.trapline_process import run, write_config
from trapline.traps.matching import TrapSet
from trapline.traps.plausible import SURNAMES
from trapline.traps.traps import Trap

BOTH_KINDS = "a@mx.com x\nb@mx.com x typo\n"


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    return tmp_path / "traps"


@pytest.fixture
def config(tmp_path: Path, traps: Path) -> Path:
    file = tmp_path / "trapline.toml"
    write_config(file, {"traps": {"files": [str(traps)]}})
    return file


def test_an_added_trap_is_one_and_postfix_is_told_how_to_know_it(config: Path, traps: Path) -> None:
    done = run("traps", "add", "Hidden1@mx.com", "--label", "web page, footer", "--kind", "recycled", config=config)
    assert done.code == 0
    assert TrapSet.load([traps]).match("hidden1@mx.com") == Trap("web page, footer", "recycled")
    assert "hidden1@mx.com    trap@trapline.invalid" in done.stdout
    assert "postmap /etc/postfix/trapline" in done.stdout
    assert run("traps", "check", config=config).code == 0


def test_a_trap_is_added_once(config: Path, traps: Path) -> None:
    assert run("traps", "add", "canary@mx.com", "--label", "footer", config=config).code == 0
    before = traps.read_bytes()
    done = run("traps", "add", "CANARY@mx.com", "--label", "header", config=config)
    assert done.code == 1
    assert "label 'footer'" in done.stderr
    assert "canary" not in done.output.lower()
    assert traps.read_bytes() == before


def test_what_is_no_trap_is_a_usage_error_that_does_not_show_it(config: Path, traps: Path) -> None:
    for arguments in (["canary", "--label", "x"], ["canary@mx.com", "--label", ""], ["canary@mx.com"]):
        done = run("traps", "add", *arguments, config=config)
        assert done.code == 2
        assert "canary" not in done.output
    assert not traps.exists()


def test_with_several_trap_files_one_must_be_named(tmp_path: Path) -> None:
    one, other, config = tmp_path / "one", tmp_path / "other", tmp_path / "trapline.toml"
    write_config(config, {"traps": {"files": [str(one), str(other)]}})
    assert run("traps", "add", "a@mx.com", "--label", "x", config=config).code == 2
    assert run("traps", "add", "a@mx.com", "--label", "x", "--file", str(other), config=config).code == 0
    assert (one.exists(), other.exists()) == (False, True)


def test_a_file_that_nobody_reads_is_said_to_be_one(config: Path, tmp_path: Path) -> None:
    done = run("traps", "add", "a@mx.com", "--label", "x", "--file", str(tmp_path / "draft"), config=config)
    assert done.code == 0
    assert "not in traps.files" in done.stdout


def test_generate_prints_lines_html_and_map_and_changes_nothing(config: Path, traps: Path) -> None:
    done = run("traps", "generate", "MX.com", "--count", "3", "--label", "web page, footer", config=config)
    assert done.code == 0
    assert not traps.exists()
    (lines,) = [part for part in done.stdout.split("\n\n") if "not added" in part]
    addresses = [line.split()[0] for line in lines.splitlines()[1:]]
    assert len(set(addresses)) == 3
    for address in addresses:
        assert address.endswith("@mx.com")
        assert f"{address}  web page, footer\n" in done.stdout
        assert f'<a href="mailto:{address}"' in done.stdout
        assert f"{address}    trap@trapline.invalid" in done.stdout


def test_generate_with_add_makes_them_traps(config: Path, traps: Path) -> None:
    done = run("traps", "generate", "mx.com", "--count", "5", "--label", "forum", "--add", "--json", config=config)
    made = json.loads(done.stdout)
    assert sorted(made) == ["added_to", "addresses", "html", "lines", "postfix"]
    assert made["added_to"] == str(traps)
    assert traps.read_text(encoding="utf-8").splitlines() == made["lines"]
    found = TrapSet.load([traps])
    assert [found.match(address) for address in made["addresses"]] == [Trap("forum")] * 5
    assert sorted(made["html"]) == ["comment", "data block", "hidden field", "hidden link"]
    assert [line.split()[0] for line in made["postfix"]] == made["addresses"]


def test_generate_stays_away_from_real_addresses(config: Path, tmp_path: Path) -> None:

    people = tmp_path / "people"
    people.write_text("".join(f"anna.{name}@mx.com\n" for name in SURNAMES), encoding="utf-8")
    done = run("traps", "generate", "mx.com", "--label", "x", "--existing", str(people), config=config)
    assert done.code == 1
    assert "only 0 of 1" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["not_a..domain", "--label", "x"],
        ["mx.com", "--label", "x", "--count", "0"],
        ["mx.com", "--label", "x", "--kind", "nice"],
        ["mx.com", "--label", "x", "--existing", "/nowhere/people"],
        ["mx.com", "--label", "a # b", "--add"],
        ["mx.com"],
    ],
)
def test_generate_refuses_what_makes_no_sense(config: Path, traps: Path, arguments: list[str]) -> None:
    done = run("traps", "generate", *arguments, config=config)
    assert done.code == 2
    assert "Traceback" not in done.stderr
    assert not traps.exists()


def test_list_counts_by_label_and_shows_addresses_only_if_asked(config: Path, traps: Path) -> None:
    traps.write_text("canary1@mx.com footer\ncanary2@mx.com footer\n@canary.com old shop recycled\n", encoding="utf-8")
    done = run("traps", "list", config=config)
    assert rows(done.stdout) == ["label kind lines", "footer pristine 2", "old shop recycled 1", "3 lines, 2 labels"]
    assert "canary" not in run("traps", "list", "--json", config=config).output
    assert rows(run("traps", "list", "--addresses", config=config).stdout) == [
        "address label kind",
        "canary1@mx.com footer pristine",
        "canary2@mx.com footer pristine",
        "@canary.com old shop recycled",
        "3 lines, 2 labels",
    ]
    assert json.loads(run("traps", "list", "--addresses", "--json", config=config).stdout) == [
        {"label": "footer", "kind": "pristine", "lines": 2, "addresses": ["canary1@mx.com", "canary2@mx.com"]},
        {"label": "old shop", "kind": "recycled", "lines": 1, "addresses": ["@canary.com"]},
    ]


def rows(table: str) -> list[str]:
    """Its lines without the rule below the heading, their columns a blank apart."""
    return [" ".join(line.split()) for line in table.splitlines() if not line.startswith("─")]


@pytest.mark.parametrize(
    ("text", "told"), [("", "0 lines, 0 labels"), ("a@mx.com x\n", "1 line, 1 label"), (BOTH_KINDS, "2 lines, 1 label")]
)
def test_list_counts_in_the_right_number(config: Path, traps: Path, text: str, told: str) -> None:
    traps.write_text(text, encoding="utf-8")
    assert run("traps", "list", config=config).last_line == told


def test_list_without_a_trap_file_is_an_error_of_the_configuration(config: Path) -> None:
    assert run("traps", "list", config=config).code == 78


def test_a_misspelt_kind_is_said_where_the_files_are_checked(config: Path, traps: Path) -> None:
    traps.write_text("canary@mx.com  old shop  recyled\n")
    done = run("traps", "check", config=config)
    assert done.code == 0
    assert (
        'the label "old shop recyled" ends with a word that is not a kind, so pristine is assumed: is "recycled" meant?'
        in done.stderr
    )


def test_check_and_test_say_as_json_what_they_say_in_words(config: Path, traps: Path) -> None:
    traps.write_text("canary@mx.com  old shop  recyled\n@old.com  closed  recycled\n")
    checked = json.loads(run("traps", "check", "--json", config=config).stdout)
    assert (checked["files"], checked["lines"]) == ([str(traps)], 2)
    assert ["old shop recyled" in sentence for sentence in checked["misspelt_kinds"]] == [True]
    hit = run("traps", "test", "anna@old.com", "--json", config=config)
    assert (hit.code, json.loads(hit.stdout)) == (0, {"trap": {"label": "closed", "kind": "recycled"}})
    miss = run("traps", "test", "anna@mx.com", "--json", config=config)
    assert (miss.code, json.loads(miss.stdout)) == (1, {"trap": None})
