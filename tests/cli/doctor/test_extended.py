"""The doctor's word on people whose addresses are a trap's with an extension, answered by the real postmap."""

import subprocess
from pathlib import Path

import pytest

from tests.servers.processes import aged, program
from trapline.cli.doctor import recipients
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings

TARGET = "trap@trapline.invalid"


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with main.cf and master.cf, which MAIL_CONFIG names."""
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    return tmp_path


def looked(folder: Path, main: str, postfix_has: str, ours: str | None = None) -> Result:
    (folder / "traps").write_text("anne@mx.example web page\n", encoding="utf-8")
    text = f"compatibility_level = 3.6\nmydestination =\nrecipient_delimiter = {postfix_has}\n{main}\n"
    (folder / "main.cf").write_text(text, encoding="utf-8")
    (folder / "master.cf").write_text("smtp inet n - n - - smtpd\n", encoding="utf-8")
    aged(folder / "main.cf", folder / "master.cf")
    traps = {"files": [str(folder / "traps")], "recipient_delimiter": postfix_has if ours is None else ours}
    site = Site(Settings.model_validate({"traps": traps}), folder / "trapline.toml")
    return {one.name: one for one in recipients.check(site)}["extensions of traps"]


def aliases(*more: str) -> str:
    every = " ".join((f"anne@mx.example={TARGET}", *more))
    return f"virtual_alias_domains = mx.example\nvirtual_alias_maps = inline:{{ {every} }}"


@pytest.mark.parametrize(
    ("main", "postfix_has", "ours"),
    [
        (aliases("Anne-Marie@mx.example=marie@other.example"), "-", "-"),
        (aliases("anne-marie@mx.example=marie@other.example"), "+-", "+"),
        (aliases("anne_marie+x@mx.example=marie@other.example"), "+", "+_"),
        (f"{aliases()}\nmydestination = mx.example\nlocal_recipient_maps = inline:{{ anne-marie=x }}", "-", "-"),
    ],
)
def test_a_person_whose_address_extends_a_traps_is_told_by_label(
    mail: Path, main: str, postfix_has: str, ours: str
) -> None:
    found = looked(mail, main, postfix_has, ours)
    assert (found.state, '"web page"' in found.seen) == ("failed", True), found
    assert "anne" not in f"{found.seen}{found.hint}"


@pytest.mark.parametrize(
    ("main", "delimiter"),
    [
        (aliases("anne-marie@mx.example=marie@other.example"), "+"),
        (aliases("annemarie@mx.example=marie@other.example"), "-"),
        (aliases("anne-marie@other.example=marie@other.example"), "-"),
        (aliases(f"anne-shop@mx.example={TARGET}"), "-"),
        (aliases("anne-request@mx.example=marie@other.example"), "-"),
    ],
)
def test_a_trap_that_no_address_extends_is_ok(mail: Path, main: str, delimiter: str) -> None:
    assert looked(mail, main, delimiter).state == "ok"


def test_tables_in_files_are_read_and_expressions_let_be(mail: Path) -> None:
    table = mail / "people"
    table.write_text("anne-marie@mx.example  marie/\n", encoding="utf-8")
    (mail / "main.cf").write_text("", encoding="utf-8")
    subprocess.run([program("postmap"), f"hash:{table}"], check=True, timeout=30)
    main = f"{aliases()}\nvirtual_mailbox_maps = regexp:/dev/null, proxy:hash:{table}"
    assert looked(mail, main, "-").state == "failed"
