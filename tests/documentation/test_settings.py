"""What the pages have for trapline.toml is taken by trapline, and the settings that they name are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.documentation.snippets import ROOT, Snippet, pages, snippets
from trapline.config.load import load
from trapline.config.mailbox_scan import Scan
from trapline.config.settings import Settings

_SETTING = re.compile(r"`([a-z]\w*(?:\.\w+)+)(?: = .*?)?`")


def of_page(page: str) -> list[Snippet]:
    return [one for one in snippets() if one.page == page and one.settings]


@pytest.mark.parametrize("one", [one for one in snippets() if one.settings], ids=str)
def test_settings_are_taken_as_they_stand(one: Snippet, tmp_path: Path) -> None:
    """By themselves, or (a part of a table that the page has shown before) below what stands above them."""
    above = [other.text for other in of_page(one.page) if other.line < one.line]
    whole = f"{above[-1]}\n{one.text}" if one.text.startswith("[mailboxes.scan]") else one.text
    config = tmp_path / "trapline.toml"
    config.write_text(f"{whole}\n", encoding="utf-8")
    config.chmod(0o600)
    load(config, {})


def named() -> Iterator[tuple[str, str]]:
    for page in pages():
        for name in _SETTING.findall(page.read_text(encoding="utf-8")):
            if name.partition(".")[0] in Settings.model_fields:
                yield str(page.relative_to(ROOT)), name


def is_there(model: Any, path: list[str]) -> bool:
    if not path:
        return True
    inner = model.model_fields.get(path[0]) if isinstance(model, type) and issubclass(model, BaseModel) else None
    return inner is not None and is_there(inner.annotation, path[1:])


def test_every_setting_that_a_page_names_is_there() -> None:
    names = set(named())
    assert len(names) > 30
    of_a_mailbox = {"mailboxes.scan": Scan}
    unknown = [
        (page, name)
        for page, name in sorted(names)
        if not is_there(Settings, name.split(".")) and name not in of_a_mailbox and not name.endswith(".toml")
    ]
    assert unknown == []
