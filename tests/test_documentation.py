"""README.md and docs/ lead where they say."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.documentation.snippets import pages, snippet
from tests.servers.processes import program

ROOT = Path(__file__).parents[1]


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link.partition("#")[0]).is_file()] == []


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links: small letters, a hyphen for each blank, no punctuation."""
    headings = re.findall(r"^#{1,6} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    parts = [(link, *link.partition("#")[::2]) for link in links(page)]
    assert [link for link, file, anchor in parts if anchor and anchor not in anchors(page.parent / file)] == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme, *others = pages()
    assert {str(page.relative_to(ROOT)) for page in others} - {"CHANGELOG.md"} <= set(links(readme))


def test_named_takes_what_the_page_has_for_it(tmp_path: Path) -> None:
    block = snippet("docs/blocklist-zone.md", "include ")
    key = subprocess.run([program("rndc-confgen"), "-A", "hmac-sha256", "-k", "NAME"], capture_output=True, check=True)
    plain = [line for line in key.stdout.decode().splitlines() if not line.startswith("#")]
    for name, file in (("rndc-key", "rndc.key"), ("trapline", "trapline.key")):
        (tmp_path / file).write_text("\n".join(plain[: plain.index("};") + 1]).replace("NAME", name))
    (tmp_path / "named.conf").write_text(block.replace("/etc/bind", str(tmp_path)))
    done = subprocess.run([program("named-checkconf"), str(tmp_path / "named.conf")], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
