"""Who may do what with a path is told from owners, groups and modes."""

import stat
from pathlib import Path

import pytest

from trapline.config.access import Account, Status, Want, obstacle, way_to

MILTER = Account("trapline-milter", 901, frozenset({901, 900}))
ROOT_DIR = Status(Path("/"), stat.S_IFDIR | 0o755, 0, 0)


def status(mode: int, uid: int = 0, gid: int = 0, path: str = "/x") -> Status:
    return Status(Path(path), mode, uid, gid)


@pytest.mark.parametrize(
    ("found", "want", "may"),
    [
        (status(0o640, gid=900), "read", True),
        (status(0o640, gid=900), "write", False),
        (status(0o640, gid=5), "read", False),
        (status(0o604, gid=5), "read", True),
        (status(0o600, uid=901), "write", True),
        (status(0o066, uid=901, gid=900), "read", False),  # the owner's bits alone count for the owner
        (status(0o604, gid=900), "read", False),  # and the group's for the group
    ],
)
def test_the_most_fitting_bits_count(found: Status, want: Want, may: bool) -> None:
    assert (obstacle(MILTER, (ROOT_DIR, found), [want]) is None) == may


def test_a_folder_on_the_way_that_can_not_be_entered_is_the_obstacle() -> None:
    folder = status(0o750, path="/closed")
    assert obstacle(MILTER, (ROOT_DIR, folder, status(0o644)), ["read"]) == folder


def test_root_may_do_anything() -> None:
    assert obstacle(Account("root", 0, frozenset()), (status(0o000), status(0o000)), ["read", "write"]) is None


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    assert [one.path for one in way_to(tmp_path / "link" / "file")][-2:] == [
        tmp_path.resolve() / "folder",
        tmp_path.resolve() / "folder" / "file",
    ]
