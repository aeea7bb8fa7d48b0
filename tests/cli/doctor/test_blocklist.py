"""The doctor's word on the milter's file of the local blocklist."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from trapline.blocklist.milter_file import content, row
from trapline.cli.doctor import blocklist
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings


def looked(file: Path) -> Result:
    settings = Settings.model_validate({"blocklist": {"files": {"milter": str(file)}}})
    (found,) = blocklist.check(Site(settings, Path("/nowhere/trapline.toml")))
    return found


def test_a_file_that_is_whole_is_right_however_old_it_is(tmp_path: Path) -> None:
    written = datetime.now(UTC) - timedelta(hours=5)
    (tmp_path / "milter.bl").write_bytes(content([row(ip_network("11.0.0.0/24"), None, 2, repeated=True)], written))
    found = looked(tmp_path / "milter.bl")
    assert (found.state, found.seen) == ("ok", f"1 range in {tmp_path}/milter.bl; it last changed 5 h ago")


@pytest.mark.parametrize("raw", [None, b"", b"TRAPLBL1 and no more"])
def test_a_file_that_is_missing_or_broken_fails(tmp_path: Path, raw: bytes | None) -> None:
    if raw is not None:
        (tmp_path / "milter.bl").write_bytes(raw)
    found = looked(tmp_path / "milter.bl")
    assert (found.state, "trapline-reporter" in found.hint) == ("failed", True)


def test_a_default_file_that_is_not_there_yet_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `trapline install`, whose configuration names all defaults, until the reporter is started."""
    monkeypatch.setattr(blocklist, "MILTER_FILE", tmp_path / "milter.bl")
    found = looked(tmp_path / "milter.bl")
    assert (found.state, "systemctl start trapline-reporter" in found.hint) == ("warning", True)


def test_a_default_file_whose_folder_is_not_there_is_no_fault() -> None:
    (found,) = blocklist.check(Site(Settings(), Path("/nowhere/trapline.toml")))
    assert found.state == "skipped"
