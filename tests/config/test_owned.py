"""What root makes for a service belongs to the owner of the folder, who can't have root give away anything else."""

import os
from pathlib import Path

import pytest

from tests.servers.processes import require_root
from trapline.config import owned

SERVICE = (4711, 4712)


@pytest.fixture
def around(tmp_path: Path) -> Path:
    """The service's folder."""
    require_root("giving files away")
    folder = tmp_path / "service"
    folder.mkdir()
    os.chown(folder, *SERVICE)
    return folder


def owner(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_uid, status.st_gid


def test_what_root_makes_is_the_services_and_nobody_elses(around: Path) -> None:
    os.close(owned.opened(around / "anna.db"))
    owned.folder(around / "scan" / "deep")
    made = [around / name for name in ("anna.db", "scan", "scan/deep")]
    assert [owner(path) for path in made] == [SERVICE] * 3
    assert [path.stat().st_mode & 0o777 for path in made] == [0o600, 0o700, 0o700]


def test_what_is_there_already_is_opened_and_stays_somebody_elses(around: Path) -> None:
    (around / "anna.db").write_bytes(b"kept")
    os.chown(around / "anna.db", 4800, 4800)
    file = owned.opened(around / "anna.db")
    assert os.read(file, 10) == b"kept"
    os.close(file)
    owned.folder(around)
    assert owner(around / "anna.db") == (4800, 4800)
    assert owner(around) == SERVICE


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_that_the_service_has_put_there_gives_it_no_file_of_roots(around: Path, link: object) -> None:
    shadow = around.parent / "shadow"
    shadow.write_text("secret")
    assert callable(link)
    link(shadow, around / "anna.db")
    os.close(owned.opened(around / "anna.db"))
    assert owner(shadow) == (0, 0)


def test_a_link_for_a_folder_gives_the_service_no_folder_of_roots(around: Path) -> None:
    roots = around.parent / "roots"
    (around / "scan").symlink_to(roots)
    with pytest.raises(FileExistsError):
        owned.folder(around / "scan" / "deep")
    roots.mkdir()
    owned.folder(around / "scan")
    assert owner(roots) == (0, 0)
