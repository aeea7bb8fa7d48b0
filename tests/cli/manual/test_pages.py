"""The manual pages tell every command and every setting, and man(1) has nothing against them."""

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from trapline.cli.main import app
from trapline.cli.manual import commands, example
from trapline.cli.manual.pages import pages
from trapline.cli.manual.roff import Page
from trapline.cli.manual.settings import BESIDE
from trapline.config.mailboxes import Mailbox
from trapline.config.settings import Settings
from trapline.config.zones import OwnZone

NAMES = {"trapline.1", "trapline.toml.5", "trapline-traps.5"}
needs_man = pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as `make man` writes them."""
    where = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, "-m", "trapline.cli.manual", str(where)], check=True, timeout=60)
    return where


def text(folder: Path, page: str) -> str:
    """As a reader sees it, on one very long line a paragraph."""
    file = folder / f"man{page[-1]}" / page
    environ = {"MANWIDTH": "2000", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-c", "MANPAGER": "cat"}
    command = ["man", "-l", "--warnings", str(file)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


def keys(model: type[BaseModel], prefix: str) -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{prefix}{name}.")
        elif name not in {"mailboxes", "zones"}:
            found.add(prefix + name)
    return found


def documented(page: str) -> set[str]:
    """The settings that a page of settings has an item for."""
    found, table = set(), ""
    lines = page.splitlines()
    for before, line in pairwise(lines):
        if match := re.fullmatch(r'\.SS "\[(.+)\]"', line):
            table = match[1]
        elif before == ".TP" and (match := re.match(r"\\fB(\w+)(?: = |\\fR)", line)):
            found.add(f"{table}.{match[1]}")
    return found


@needs_man
@pytest.mark.parametrize("page", sorted(NAMES))
def test_man_shows_each_page_without_a_warning_and_apropos_finds_it(folder: Path, page: str) -> None:
    assert "SEE ALSO" in text(folder, page)
    file = folder / f"man{page[-1]}" / page
    if lexgrog := shutil.which("lexgrog"):
        done = subprocess.run([lexgrog, str(file)], capture_output=True, text=True, timeout=60, check=True)
        assert f'"{page.rpartition(".")[0]} - ' in done.stdout
    if mandoc := shutil.which("mandoc"):
        subprocess.run([mandoc, "-Tlint", "-Werror", str(file)], timeout=60, check=True)


def test_the_three_pages_are_there() -> None:
    assert set(pages()) == NAMES


@needs_man
def test_every_command_is_there_with_all_its_options_as_help_tells_them(folder: Path) -> None:
    shown = " ".join(text(folder, "trapline.1").split())
    root: Any = typer.main.get_command(app)
    found = list(commands.commands(root, root.context_class(root, info_name="trapline", parent=None)))
    assert len(found) > 15
    for command, context in found:
        assert context.command_path in shown
        assert " ".join(command.help.partition("\n\n")[0].split()) in shown
        for parameter in command.params:
            record = parameter.get_help_record(context)
            if record is not None and record[1]:
                assert " ".join(record[1].replace("`", "").split()) in shown, (context.command_path, record)


def test_no_type_of_python_stands_on_the_page_of_the_commands() -> None:
    assert re.findall(r"<\S*\b(?:str|int|float|list|[Pp]ath)\b[^|>]*>", pages()["trapline.1"]) == []


def test_every_setting_is_there_and_no_other() -> None:
    mailbox = {f"mailboxes.{name}" for name in Mailbox.model_fields} - {"mailboxes.scan"}
    zone = keys(OwnZone, "zones.office.")
    scan = {key for key in keys(Mailbox, "mailboxes.") if key.startswith("mailboxes.scan.")}
    assert documented(pages()["trapline.toml.5"]) == keys(Settings, "") | mailbox | scan | zone
    assert set(BESIDE) <= keys(Settings, "")


@needs_man
def test_a_setting_has_its_words_from_the_example_and_its_limits_from_the_model(folder: Path) -> None:
    shown = " ".join(text(folder, "trapline.toml.5").split())
    assert 'reject_at = "rcpt" Or "earliest": at MAIL, as soon as a zone lists' in shown
    assert 'One of "rcpt", "earliest".' in shown
    assert "workers = 1 Processes behind the socket. A number of at least 1 and at most 64." in shown
    assert "Whoever has logged in (SASL)." in shown


@needs_man
def test_the_trap_files_page_shows_its_four_forms(folder: Path) -> None:
    shown = text(folder, "trapline-traps.5")
    for form in ("hidden1@mx.example", "@old-shop.example", "anna+*@mx.example", r"/info\d+@mx\.example/"):
        assert re.search(rf"^ +{re.escape(form)} ", shown, re.MULTILINE), shown


@needs_man
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), max_size=4))
def test_no_text_is_taken_for_a_request(words: list[str]) -> None:
    page = Page("x", 5, "y", "1")
    page.prose(" ".join(words))
    page.item(" ".join(words), " ".join(words))
    inside = str(page).partition(".SH NAME\n")[2].splitlines()[1:]
    assert [line for line in inside if line.startswith((".", "'"))] == [".PP", ".TP"] if words else [".TP"]


def test_a_line_of_the_example_that_nobody_understands_is_an_error() -> None:
    with pytest.raises(ValueError, match="neither a table"):
        example.read("[milter]\nsurprise\n")
