"""What can be configured of teaching the filter, and which settings can't stand together."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trapline.config.errors import ConfigError
from trapline.config.learning import Learning
from trapline.config.load import load


def loaded(tmp_path: Path, text: str) -> Learning:
    path = tmp_path / "trapline.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}).learning


def test_nothing_is_taught_unless_a_filter_is_named_and_then_a_person_decides(tmp_path: Path) -> None:
    assert Learning().filter == "off"
    chosen = loaded(tmp_path, '[learning]\nfilter = "spamd"\nper_day = 3\nkeep = "30d"\n')
    assert (chosen.filter, chosen.mode, chosen.per_day, chosen.keep) == ("spamd", "review", 3, timedelta(days=30))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('filter = "bogofilter"', "learning.filter"),
        ('mode = "yes"', "learning.mode"),
        ("per_day = 0", "learning.per_day"),
        ('keep = "2h"', "at least a day"),
        ('folder = "teach"', "absolute"),
        ("every = 1", "learning.every"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        loaded(tmp_path, f"[learning]\n{text}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[learning]\nfilter = "spamd"\nfolder = "/srv/teach"\n',
            r'toml: learning\.folder: only for learning.filter = "sa-lea',
        ),
        ('[learning]\nfilter = "spamd"\nmax_bytes = 600000\n', r"more than filters\.spamd\.max_bytes = 512000"),
        (
            '[learning]\nfilter = "rspamd"\n[filters.rspamd]\nmax_bytes = 9\n',
            r"more than filters\.rspamd\.max_bytes = 9",
        ),
    ],
)
def test_an_impossible_combination_is_an_error_that_names_both_keys(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        loaded(tmp_path, text)


@pytest.mark.parametrize("changes", [{"filter": "off"}, {"filter": "sa-learn", "folder": "/srv/teach"}])
def test_what_is_off_hinders_nobody_and_a_folder_is_sa_learns(tmp_path: Path, changes: dict[str, Any]) -> None:
    lines = "".join(f'{key} = "{value}"\n' for key, value in changes.items())
    assert loaded(tmp_path, f'[learning]\n{lines}keep = "300d"\n').filter == changes["filter"]
