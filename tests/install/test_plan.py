"""What is installed: read from the files of systemd/, so that there is one list."""

import re
from pathlib import Path

import pytest

from trapline.install import plan
from trapline.install.plan import File, Folder, tmpfiles

HERE = Path("/srv/venv/bin/trapline")


def contents() -> dict[Path, str]:
    items = (*plan.for_systemd(HERE), *plan.for_trapline())
    return {item.path: item.content.decode() for item in items if isinstance(item, File)}


def test_the_units_start_the_very_command_that_installs() -> None:
    units = [text for path, text in contents().items() if path.suffix == ".service"]
    assert units
    assert all(f"\nExecStart={HERE} " in text for text in units)


def test_secrets_are_empty_and_closed() -> None:
    secrets = {path.name: text for path, text in contents().items() if path.suffix in {".key", ".token"}}
    assert secrets == {"dqs.key": "", "spamhaus.token": ""}
    modes = {item.path.name: item.mode for item in plan.for_trapline()}
    assert (modes["dqs.key"], modes["spamhaus.token"], modes["trapline.toml"]) == (0o640, 0o400, 0o640)


def test_every_file_that_the_configuration_names_is_there() -> None:
    """What is named and missing keeps the commands from running."""
    named = re.findall(r'^(?:\w+_file|files) = \[?"(.+?)"', contents()[plan.CONFIG], re.MULTILINE)
    assert len(named) == 3
    assert {Path(name) for name in named} <= set(contents())


def test_a_folder_comes_before_what_is_in_it() -> None:
    seen: set[Path] = set()
    ours = {item.path for item in plan.for_trapline() if isinstance(item, Folder)}
    for item in plan.for_trapline():
        assert item.path.parent not in ours or item.path.parent in seen
        seen.add(item.path)


def test_three_users_and_one_group() -> None:
    assert plan.users() == ("trapline-milter", "trapline-reporter", "trapline-mailboxes")
    assert plan.groups() == ("trapline",)


@pytest.mark.parametrize("line", ["L /run/x - - - - /etc", "d /run/x 0755 root root 10d"])
def test_a_line_for_tmpfiles_that_we_can_not_make_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="not a plain folder"):
        list(tmpfiles(line))
