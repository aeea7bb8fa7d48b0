"""README.md and docs/ lead where they say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link.partition("#")[0]).is_file()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    assert {str(page.relative_to(ROOT)) for page in PAGES[1:]} <= set(links(PAGES[0]))
