"""Our own blocklist in force: a changed file counts soon, a bad one does no harm."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import get_args

import pytest

from tests.servers.processes import until
from trapline.blocklist.milter_file import content, row
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.dnsbl import blockfile
from trapline.dnsbl.findings import Listed
from trapline.milter import blocklist
from trapline.milter.blocklist import Blocklist
from trapline.milter.metrics import ErrorKind, Metrics

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
CLIENT = ip_address("11.0.0.66")


class Counted(Metrics):
    def __init__(self) -> None:
        self.errors: list[ErrorKind] = []

    def error(self, kind: ErrorKind) -> None:
        self.errors.append(kind)


class Watched:
    """A blocklist whose clocks the test moves, and what it said."""

    def __init__(self, path: Path, *, given: bool = True) -> None:
        settings = Settings.model_validate({"blocklist": {"files": {"milter": str(path)}}})
        if not given:  # as if it were the default path
            settings.blocklist.files.model_fields_set.clear()
        self.path = path
        self.seconds = 0.0
        self.said: list[str] = []
        self.metrics = Counted()
        self.list = Blocklist(
            settings, self.metrics, self._say, lambda: self.seconds, self._wall_clock, lambda _seconds: None
        )

    def _say(self, event: Event) -> None:
        self.said.append(str(event))

    def _wall_clock(self) -> float:
        return NOW.timestamp() + self.seconds

    def write(self, *addresses: str, hours: int = 24, repeated: bool = False) -> None:
        expires = NOW + timedelta(hours=hours)
        rows = [row(ip_network(one), expires, 2, repeated=repeated) for one in sorted(addresses)]
        new = self.path.with_suffix(".new")
        new.write_bytes(content(rows, NOW))
        new.rename(self.path)

    def look(self, after: float = 2.0) -> None:
        self.seconds += after
        self.list.look()

    @property
    def listing(self) -> Listed | None:
        key = blockfile.key(CLIENT)
        assert key is not None
        return self.list.listing(key, CLIENT)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "milter.bl")


def test_a_client_is_listed_with_the_code_and_a_repeated_one_with_that_of_repeated_ones_too(watched: Watched) -> None:
    watched.write("11.0.0.66")
    watched.look()
    assert watched.listing == Listed("blocklist", "11.0.0.66", ("127.0.0.2",))
    watched.write("11.0.0.66", repeated=True)
    watched.look()
    assert watched.listing == Listed("blocklist", "11.0.0.66", ("127.0.0.2", "127.0.0.3"))
    assert watched.said == []


def test_an_entry_ends_by_itself_though_nobody_writes_the_file_any_more(watched: Watched) -> None:
    watched.write("11.0.0.66", hours=1)
    watched.look()
    watched.seconds = 3599
    assert watched.listing is not None
    watched.seconds = 3601
    assert watched.listing is None


@pytest.mark.parametrize("bad", [b"", b"TRAPLBL1", b"TRAPLBL1" + b"x" * 100, b"SQLite format 3"])
def test_a_bad_file_leaves_the_old_set_in_force_and_is_said(watched: Watched, bad: bytes) -> None:
    watched.write("11.0.0.66")
    watched.look()
    watched.path.write_bytes(bad)
    watched.look()
    assert watched.listing is not None
    (said,) = watched.said
    assert said.startswith("blocklist error entries=1, why=")
    assert str(watched.path) in said
    assert watched.metrics.errors == ["blocklist"]


def test_a_file_that_stays_bad_is_said_every_half_hour_and_another_trouble_after_a_minute(watched: Watched) -> None:
    watched.path.write_bytes(b"")
    for _ in range(29):
        watched.look(60)
    assert len(watched.said) == 1
    watched.look(60)
    watched.look(60)
    assert len(watched.said) == 2
    watched.path.write_bytes(b"TRAPLBL1")
    watched.look()
    assert len(watched.said) == 2
    watched.look(60)
    assert "cut off" in watched.said[2]


def test_a_file_that_is_written_badly_again_and_again_is_said_once_a_minute(watched: Watched) -> None:
    for number in range(31):
        watched.path.write_bytes(b"TRAPLBL1" + b"x" * (number % 2 * 100 + number))
        watched.look()
    assert 1 <= len(watched.said) <= 2
    assert len(watched.metrics.errors) == 31


def test_that_it_is_good_again_is_said(watched: Watched) -> None:
    watched.path.write_bytes(b"")
    watched.look()
    watched.write("11.0.0.66")
    watched.look()
    assert watched.said[1:] == ["blocklist back entries=1"]
    assert watched.listing is not None


def test_a_file_that_could_not_be_read_is_tried_again_though_it_did_not_change(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise blockfile.BlockfileError("milter.bl: cannot be read: Input/output error")

    watched.write("11.0.0.66")
    with monkeypatch.context() as patched:
        patched.setattr(blockfile, "read", broken)
        watched.look()
    watched.look(59)
    assert watched.listing is None
    watched.look(60)
    assert watched.listing is not None


def test_a_missing_file_that_was_named_is_said_and_nobody_is_listed(watched: Watched) -> None:
    watched.look()
    watched.look(60)
    assert "there is no such file" in watched.said[0]
    assert watched.metrics.errors == ["blocklist"]
    assert watched.listing is None


def test_a_reporter_that_starts_with_the_milter_has_a_minute_to_write_the_first_file(watched: Watched) -> None:
    watched.look()
    watched.look(50)
    assert watched.list.trouble is not None, "who asks is told at once"
    watched.write("11.0.0.66")
    watched.look()
    assert watched.listing is not None
    assert (watched.said, watched.metrics.errors) == ([], [])


def test_a_missing_default_file_counts_as_not_given(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "milter.bl", given=False)
    watched.look()
    assert (watched.said, watched.metrics.errors, watched.list.is_there) == ([], [], False)
    watched.write("11.0.0.66")
    watched.look()
    assert watched.listing is not None


def test_a_file_that_is_taken_away_lists_nobody(watched: Watched) -> None:
    watched.write("11.0.0.66")
    watched.look()
    watched.path.unlink()
    watched.look()
    assert watched.listing is None
    assert "there is no such file" in watched.said[0]


def test_a_file_that_did_not_change_is_not_read_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.write("11.0.0.66")
    watched.look()
    monkeypatch.setattr(blockfile, "read", None)
    watched.look()
    watched.look(600)
    assert watched.listing is not None


def test_a_thread_of_its_own_notices_a_change(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocklist, "CHECK_SECONDS", 0.01)
    watched.write("11.0.0.65")
    watched.list.start()
    try:
        assert watched.list.entries == 1
        watched.write("11.0.0.66")
        until("the file to be read", lambda: watched.listing)
    finally:
        watched.list.close()


def test_its_errors_have_a_kind_of_their_own() -> None:
    assert "blocklist" in get_args(ErrorKind)
