"""The wheel holds what the rooms hold, and pymilter's C module is not shadowed, wherever Python is started."""

import subprocess
import sys
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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = f"from setuptools import build_meta; print(build_meta.build_wheel({str(folder)!r}))"
    source = tmp_path_factory.mktemp("source") / "trapline"
    _copy(source)
    subprocess.run([sys.executable, "-W", "ignore", "-c", command], cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def _copy(target: Path) -> None:
    target.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        (target / name).write_bytes((ROOT / name).read_bytes())
    for folder in sorted({folder.partition("/")[0] for folder in ROOMS.values()}):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                copy = target / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())


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
    zipfile.ZipFile(wheel).extractall(tmp_path)
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
