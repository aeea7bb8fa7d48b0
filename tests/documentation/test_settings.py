"""What the pages have for trapline.toml is taken by trapline, and the settings that they name are there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.documentation.snippets import ROOT, Snippet, pages, snippets
from tests.servers.trapline_process import write_config
from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.mailbox_scan import Scan
from trapline.config.settings import Settings

_SETTING = re.compile(r"`([a-z]\w*(?:\.\w+)+)(?: = .*?)?`")


@pytest.mark.parametrize("one", [one for one in snippets() if one.settings], ids=str)
def test_settings_are_taken_as_they_stand(one: Snippet, tmp_path: Path) -> None:
    """By themselves, or (where they are a part of what the page has shown before) with what stands above them."""
    if one.text.startswith("[mailboxes.scan]"):
        load_text(tmp_path, f"{above(one)[-1].text}\n{one.text}")
        return
    try:
        load_text(tmp_path, one.text)
    except ConfigError:
        write_config(tmp_path / "whole.toml", *(tomllib.loads(each.text) for each in (*above(one), one)))
        load(tmp_path / "whole.toml", {})


def above(one: Snippet) -> list[Snippet]:
    return [other for other in snippets() if other.page == one.page and other.settings and other.line < one.line]


def load_text(folder: Path, text: str) -> None:
    config = folder / "trapline.toml"
    config.write_text(f"{text}\n", encoding="utf-8")
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
        if not is_there(Settings, name.split(".")) and name not in of_a_mailbox and not name.endswith((".toml", ".py"))
    ]
    assert unknown == []
