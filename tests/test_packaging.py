"""Sdist and wheel hold what the rooms hold, the same each time; pymilter's C module is not shadowed by a room."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
    "package-dir"
]


def files_of_the_rooms() -> set[str]:
    top = {package: folder for package, folder in ROOMS.items() if "/" not in folder}
    found: set[str] = set()
    for package, folder in top.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(str(Path(*package.split(".")) / path.relative_to(ROOT / folder)))
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    """Sdist and wheel, by their names: built of this checkout, and of a copy whose files are younger and closed."""
    folder = tmp_path_factory.mktemp("built")
    copy = folder / "elsewhere/a copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "dist"))
    shutil.copytree(ROOT / ".ci", copy / ".ci")
    for path in copy.rglob("*"):
        path.chmod(0o700)
    for name, root, umask in (("one", ROOT, 0o022), ("two", copy, 0o077)):
        command = [sys.executable, str(root / ".ci/dist"), str(folder / name)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, umask=umask)
    return [{path.name: path for path in (folder / name).iterdir()} for name in ("one", "two")]


@pytest.fixture(scope="module")
def wheel(built: list[dict[str, Path]]) -> Path:
    return next(path for name, path in built[0].items() if name.endswith(".whl"))


def test_sdist_and_wheel_are_the_same_wherever_they_are_built(built: list[dict[str, Path]]) -> None:
    one, two = built
    assert len(one) == 2
    assert {name: path.read_bytes() for name, path in one.items()} == {
        name: path.read_bytes() for name, path in two.items()
    }


def test_the_sdist_has_the_rooms_and_nothing_that_is_for_tests(built: list[dict[str, Path]]) -> None:
    """Of tests the wheel has nothing either, which is made of it."""
    sdist = next(path for name, path in built[0].items() if name.endswith(".tar.gz"))
    with tarfile.open(sdist) as packed:
        top = {Path(one.name).parts[1] for one in packed if len(Path(one.name).parts) > 1}
    rooms = {folder.partition("/")[0] for folder in ROOMS.values()}
    about = {"CHANGELOG.md", "LICENSE", "MANIFEST.in", "NOTICE", "PKG-INFO", "README.md", "pyproject.toml", "setup.cfg"}
    assert top == rooms | about | {"trapline.egg-info"}


def test_one_version_in_every_place_that_names_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = (ROOT / "debian/changelog").read_text(encoding="utf-8").partition("\n")[0]
    assert newest.startswith(f"trapline ({project['version']}-")


def test_the_debian_package_has_a_link_to_each_folder_for_other_programs() -> None:
    """The pages say `/usr/share/trapline` in the place of `config`."""
    (line,) = re.findall(r"^FOR_OTHERS = (.*)$", (ROOT / "debian/rules").read_text(encoding="utf-8"), re.MULTILINE)
    folders = {path.name for path in (ROOT / "config").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert set(line.split()) == folders


def test_every_file_of_the_rooms_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packaged = {name for name in names if ".dist-info/" not in name}
    assert packaged == files_of_the_rooms()


def test_no_room_is_a_regular_package() -> None:
    assert [path for folder in ROOMS.values() for path in (ROOT / folder).glob("__init__.py")] == []


def test_pymilter_is_found_from_the_repositorys_root() -> None:
    program = "import Milter, milter, trapline.milter.daemon; print(Milter.__file__, milter.__file__)"
    for flags in ([], ["-P"]):
        done = subprocess.run(
            [sys.executable, *flags, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
        )
        assert str(ROOT / "milter") not in done.stdout


def test_the_wheel_works_with_pymilter(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path, "zip")
    program = (
        "import Milter, trapline.milter.daemon as d, trapline.cli.main, trapline.reporter.daemon; print(d.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith(str(tmp_path))
