"""`.ci/audit`: a known vulnerability fails, and a service that tells nothing is never taken for a good answer."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.documentation.snippets import ROOT
from tests.release.script import script
from tests.servers.portal_http import Answer, Request, Server, json_answer

PROBE = "urllib3", "1.24.1"
Osv = Callable[[str, str], Answer]


def osv(*known: tuple[str, str], wrong: Answer | None = None) -> Osv:
    """OSV's answers (POST v1/query), where `known` packages have a vulnerability; or always the `wrong` one."""
    vulnerability = {"id": "PYSEC-2019-133", "summary": "x", "schema_version": "1.6.0", "affected": []}

    def answer(name: str, version: str) -> Answer:
        vulnerable = any(name == one and version.startswith(begin) for one, begin in known)
        return wrong or json_answer(200, {"vulns": [vulnerability]} if vulnerable else {})

    return answer


@pytest.fixture
def audit(request: pytest.FixtureRequest) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run it with a service that answers so."""
    servers: list[Server] = []

    def run(answers: Osv, *options: str) -> subprocess.CompletedProcess[str]:
        def answer(asked: Request) -> Answer:
            query = json.loads(asked.body)
            return answers(query["package"]["name"], query["version"])

        server = Server(answer, 0, verbose=False)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        url = f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        chosen = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url, "PATH": path}
        command = [str(ROOT / ".ci/audit"), *options]
        return subprocess.run(
            command, env=os.environ | chosen, capture_output=True, text=True, timeout=120, check=False
        )

    yield run
    for server in servers:
        server.shutdown()
        server.cut_connections()
        server.server_close()


@pytest.mark.parametrize(
    "nothing",
    [osv(), osv(wrong=json_answer(404, {})), osv(wrong=Answer.without_json())],
    ids=["knows nothing", "404", "a web page"],
)
def test_a_service_that_does_not_know_a_vulnerable_release_checks_nothing(
    nothing: Osv, audit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = audit(nothing)
    assert done.stdout == "audit: NOT CHECKED: no service that knows of vulnerabilities can be reached\n"
    assert done.returncode == 0


def test_a_release_is_not_made_unchecked(audit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert audit(osv(), "--required").returncode == 1


def test_a_vulnerable_requirement_fails(audit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = audit(osv(PROBE, ("wheel", "")), "requirements/build.txt")
    assert done.returncode == 1
    assert "audit: wheel 0." in done.stdout
    assert "PYSEC-2019-133" in done.stdout
    assert done.stdout.endswith("3 packages asked about (osv): FAILED, 1 vulnerable or unknown\n")


def test_it_asks_about_every_locked_requirement() -> None:
    def names(file: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9.-]+==", file.read_text(encoding="utf-8"), re.MULTILINE))

    every = set().union(*(names(file) for file in (ROOT / "requirements").glob("*.txt")))
    files = script("audit").FILES
    assert every == set().union(*(names(ROOT / file) for file in files))


def test_all_is_well_where_nothing_is_known_of_them(audit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = audit(osv(PROBE), "requirements/uv.txt")
    assert done.stdout == "audit: 1 packages asked about (osv): none is known to be vulnerable\n"
    assert done.returncode == 0
