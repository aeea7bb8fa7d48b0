"""README.md and docs/ lead where they say."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.servers.processes import program
from trapline.config.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link.partition("#")[0]).is_file()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    assert {str(page.relative_to(ROOT)) for page in PAGES[1:]} <= set(links(PAGES[0]))


def blocks(page: Path, begin: str) -> list[str]:
    """The indented blocks whose first line begins so."""
    text = page.read_text(encoding="utf-8")
    every = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    return [
        block
        for block in (re.sub(r"^    ", "", one, flags=re.MULTILINE).strip() for one in every)
        if block.startswith(begin)
    ]


def test_what_the_blocklists_page_has_for_the_configuration_is_right() -> None:
    found = [tomllib.loads(block) for block in blocks(ROOT / "docs/blocklist.md", "[")]
    assert len(found) == 2
    merged: dict[str, dict[str, dict[str, object]]] = {}
    for table in found:
        for section, tables in table.items():
            for name, values in tables.items():
                merged.setdefault(section, {}).setdefault(name, {}).update(values)
    settings = Settings.model_validate(merged)
    files = settings.blocklist.files
    assert files.rbldnsd is not None
    assert files.bind is not None
    assert files.command[-1] == settings.blocklist.zone.name


def test_named_takes_what_the_blocklists_page_has_for_it(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "docs/blocklist.md", "include")
    key = subprocess.run([program("rndc-confgen"), "-A", "hmac-sha256", "-k", "NAME"], capture_output=True, check=True)
    plain = [line for line in key.stdout.decode().splitlines() if not line.startswith("#")]
    for name, file in (("rndc-key", "rndc.key"), ("trapline", "trapline.key")):
        (tmp_path / file).write_text("\n".join(plain[: plain.index("};") + 1]).replace("NAME", name))
    (tmp_path / "named.conf").write_text(block.replace("/etc/bind", str(tmp_path)))
    done = subprocess.run([program("named-checkconf"), str(tmp_path / "named.conf")], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
