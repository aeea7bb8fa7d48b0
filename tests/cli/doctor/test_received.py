"""The doctor's word on header_checks, answered by the real postmap; and what a real Postfix delivers with them."""

from pathlib import Path

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, spam
from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import aged
from trapline.cli.doctor import received
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings

PRIVATE = r"/^Received:.*\(Postfix\) with ESMTPS?A id/ IGNORE"  # as recipes for submission have it
TRAP = f"hidden1@{DOMAIN}"


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with main.cf and master.cf, which MAIL_CONFIG names."""
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    return tmp_path


def looked(folder: Path, checks: str, main: str = "header_checks = regexp:{table}\n", master: str = "") -> Result:
    table = folder / "headers"
    table.write_text(f"{checks}\n", encoding="utf-8")
    text = f"compatibility_level = 3.6\nmyhostname = mx.{DOMAIN}\n{main.format(table=table)}"
    (folder / "main.cf").write_text(text, encoding="utf-8")
    (folder / "master.cf").write_text(master.format(table=table) or "smtp inet n - n - - smtpd\n", encoding="utf-8")
    aged(*folder.iterdir())
    (found,) = received.check(Site(Settings(), folder / "trapline.toml"))
    return found


@pytest.mark.parametrize(
    "checks",
    [
        PRIVATE,
        r"/^Received: from .*\(Authenticated sender:/ REPLACE Received: from localhost",
        rf"/^Received:.*by mx\.{DOMAIN}/ IGNORE",
        "/^(Received|X-Originating-IP):/ strip for privacy",
    ],
)
def test_checks_that_take_our_own_line_out_are_told(mail: Path, checks: str) -> None:
    found = looked(mail, checks)
    assert (found.state, "smtp_header_checks" in found.hint) == ("warning", True), found


@pytest.mark.parametrize(
    "checks",
    [
        "/^X-Mailer:/ IGNORE",
        r"/^Received: from localhost \(localhost \[127\.0\.0\.1\]\)/ IGNORE",
        "/^Received:/ WARN seen",
        "/^Subject:.*STRIP/ REJECT",
    ],
)
def test_checks_that_leave_the_received_line_are_ok(mail: Path, checks: str) -> None:
    assert looked(mail, checks).state == "ok"


def test_those_of_a_cleanup_service_count_too(mail: Path) -> None:
    master = "private-cleanup unix n - n - 0 cleanup\n  -o header_checks=regexp:{table}\n"
    assert looked(mail, PRIVATE, main="", master=master).state == "warning"
    assert looked(mail, PRIVATE, main="").state == "ok"


def test_a_table_that_can_not_be_asked_says_nothing(mail: Path) -> None:
    found = looked(mail, PRIVATE, main="header_checks = regexp:/nowhere/headers\n")
    assert (found.state, "/nowhere/headers" in found.seen) == ("skipped", True)


def test_what_they_leave_on_top_is_the_senders(tmp_path: Path) -> None:
    """Why it is told: the reporter takes the first Received line in the fallback for its own server's."""
    tmp_path.chmod(0o755)
    table = tmp_path / "headers"
    table.write_text(f"{PRIVATE}\n", encoding="utf-8")
    forged = f"Received: from mail.bakery.com (mail.bakery.com [11.9.9.9])\n\tby mx.{DOMAIN} (Postfix) with HTTP id 4b;"
    with Postfix(traps=[TRAP], settings={"header_checks": f"regexp:{table}"}) as postfix:
        for login in (None, "anna"):
            with postfix.client("11.0.1.7", login=login) as smtp:
                assert send(smtp, SPAMMER, [TRAP], f"{forged}\n\tSun, 22 Nov 2026\n".encode() + spam()).accepted
            postfix.settle()
        first, second = postfix.fallen_back()
    assert first.split(b"Received: ")[1].startswith(b"from mail.some-sender.com (unknown [11.0.1.7])")
    assert second.split(b"Received: ")[1].startswith(b"from mail.bakery.com (mail.bakery.com [11.9.9.9])")
