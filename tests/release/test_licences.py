"""`.ci/licences`: every library that is installed with trapline may be in one bundle with the others."""

import re
import subprocess
import sys

import pytest

from tests.documentation.snippets import ROOT
from tests.release.script import script


@pytest.mark.parametrize(
    ("package", "said", "spdx"),
    [
        ("requests", "Apache-2.0", "Apache-2.0"),
        ("prometheus-client", "Apache-2.0 AND BSD-2-Clause", "Apache-2.0 AND BSD-2-Clause"),
        ("soupsieve", "MIT License", "MIT"),
        ("dkimpy", "BSD-like", "Zlib"),
        ("another", "BSD-like", None),
        ("dkimpy", "Proprietary", None),
        ("another", "SSPL-1.0", None),
        ("another", "MIT AND SSPL-1.0", None),
        ("another", "", None),
    ],
)
def test_only_a_licence_that_is_known_to_be_free_for_the_bundle_passes(
    package: str, said: str, spdx: str | None
) -> None:
    assert script("licences").licence(package, said) == spdx


def test_the_page_is_what_is_locked() -> None:
    """Where this fails: run `.ci/licences`."""
    done = subprocess.run([sys.executable, ROOT / ".ci/licences", "--check"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_debian_package_names_the_licences_of_all_that_it_contains() -> None:
    rows = re.findall(
        r"^\| ([\w.-]+) \| \d[^|]* \| (.+) \|$", (ROOT / "docs/licences.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) > 30
    ours = {spdx for name, said in rows if not name.startswith("psycopg") for spdx in said.split(" AND ")}
    named = set(re.findall(r"[\w-]+(?:\.\w[\w-]*)*", (ROOT / "debian/copyright").read_text(encoding="utf-8")))
    assert ours - named == set()
