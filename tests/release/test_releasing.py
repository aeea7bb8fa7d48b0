"""The commands of RELEASING.md do what it says; those of `make` are tried with the other pages'."""

import os
import subprocess
from pathlib import Path

from tests.documentation.snippets import ROOT, snippet
from tests.servers.processes import program


def shell(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-euc", script], cwd=folder, env=os.environ | environ, capture_output=True, text=True, check=False
    )


def test_its_own_programs_are_there() -> None:
    lines = [*snippet("RELEASING.md", "make lock").splitlines(), *snippet("RELEASING.md", ".ci/run").splitlines()]
    ours = [line for line in lines if line.startswith(".ci/")]
    assert ours == [".ci/licences", ".ci/run"]
    assert all(os.access(ROOT / line, os.X_OK) for line in ours)


def test_the_sums_tell_whether_another_clone_built_the_same(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for clone in (one, two):
        (clone / "dist").mkdir(parents=True)
        (clone / "dist/trapline-0.1.0.tar.gz").write_text("built")
    make, sums = snippet("RELEASING.md", "make dist").splitlines()
    assert make == "make dist deb"
    assert shell(sums, one).returncode == 0
    (two / "SHA256SUMS").write_bytes((one / "SHA256SUMS").read_bytes())
    check = snippet("RELEASING.md", "sha256sum --check")
    assert shell(check, two).returncode == 0
    (two / "dist/trapline-0.1.0.tar.gz").write_text("built otherwise")
    assert shell(check, two).returncode == 1


def test_tag_and_sums_are_signed(tmp_path: Path) -> None:
    keys, clone, origin = tmp_path / "keys", tmp_path / "clone", tmp_path / "origin"
    keys.mkdir(mode=0o700)
    clone.mkdir()
    (clone / "SHA256SUMS").write_text("0  nothing\n")
    name = "A Maintainer <maintainer@mx.example>"
    environ = {"GNUPGHOME": str(keys), "HOME": str(tmp_path)}
    prepared = shell(
        f"""
        {program("gpg")} --quiet --batch --passphrase '' --quick-generate-key '{name}' ed25519 sign
        git init --quiet --bare {origin} && git init --quiet && git remote add origin {origin}
        git config user.name 'A Maintainer' && git config user.email maintainer@mx.example
        git commit --quiet --allow-empty --message x
        """,
        clone,
        **environ,
    )
    assert prepared.returncode == 0, prepared.stderr
    try:
        published = shell(snippet("RELEASING.md", "git tag --sign"), clone, **environ)
        assert published.returncode == 0, published.stderr
        checked = shell("git verify-tag v0.1.0 && gpg --verify SHA256SUMS.asc SHA256SUMS", clone, **environ)
        assert checked.returncode == 0, checked.stderr
    finally:
        shell("gpgconf --kill gpg-agent", clone, **environ)
