"""The files for other programs are named by where they lie on this host."""

from pathlib import Path

import pytest

from trapline.config.shipped import shipped


@pytest.mark.parametrize("parts", [("postfix", "install"), ("examples", "trapline.toml"), ("logcheck",)])
def test_without_the_package_they_are_named_where_they_are_installed(tmp_path: Path, parts: tuple[str, ...]) -> None:
    found = shipped(*parts, short=tmp_path)
    assert found.exists()
    assert found.parts[-len(parts) :] == parts


def test_the_packages_link_is_the_shorter_name(tmp_path: Path) -> None:
    (tmp_path / "postfix").symlink_to(shipped("postfix", short=tmp_path / "absent"))
    assert shipped("postfix", "install", short=tmp_path) == tmp_path / "postfix" / "install"


def test_what_another_trapline_left_there_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "postfix").mkdir()
    (tmp_path / "postfix" / "install").write_text("of another release\n", encoding="utf-8")
    assert shipped("postfix", "install", short=tmp_path) == shipped("postfix", "install", short=tmp_path / "absent")
