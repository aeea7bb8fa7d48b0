"""A user who may not use what a command works with is told who may."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.reporter.caught import CLIENT, TOKEN, Place, RealClock, queued
from tests.servers.portal import Portal
from tests.servers.trapline_process import run_as_nobody, write_config
from trapline.reporter.storage.store import Store


@pytest.fixture
def folder() -> Iterator[Path]:
    """Others may pass through, and write nothing."""
    with TemporaryDirectory(prefix="trapline-closed-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o511)
        yield folder
        folder.chmod(0o700)


def test_the_store_is_roots_and_the_reporters(folder: Path) -> None:
    config = a_file(folder / "trapline.toml", f'[store]\nurl = "sqlite:///{folder}/trapline.db"\n')
    done = run_as_nobody("show", "0123456789abcdef", config=config)
    assert done.code == 78
    assert done.stderr == (
        f"trapline: store.url: no permission to write in {folder}. "
        "Run this as root or as the reporter's user, to whom it must belong\n"
    )


def test_a_configuration_that_may_not_be_read_is_no_error_of_usage(folder: Path) -> None:
    """Its exit code is the one after which systemd does not start a daemon again."""
    done = run_as_nobody("config", "check", config=a_file(folder / "trapline.toml", "", 0o000))
    assert done.code == 78
    assert "trapline.toml: cannot read the configuration: Permission denied" in done.stderr


def test_a_secret_is_roots_and_a_daemons(folder: Path) -> None:
    token = a_file(folder / "token", "secret\n", 0o000)
    config = a_file(folder / "trapline.toml", f'[spamhaus]\ntoken_file = "{token}"\n')
    done = run_as_nobody("config", "check", config=config)
    assert done.code == 78
    assert done.stderr.startswith(
        f"trapline: spamhaus.token: cannot read {token}: Permission denied: run this as root, or let a daemon's user "
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("extract", "{}/mail"),
            "{}/mail client: unknown MAIL FROM: unknown subject: unknown error: cannot read the file: ",
        ),
        (("report", "--html", "{}/page"), "{}/page: cannot be replaced: Permission denied"),
        (("traps", "generate", "mx.example", "--label", "page", "--file", "{}/x"), "{}/x: cannot read the trap file: "),
        (("traps", "add", "new@mx.example", "--label", "page", "--file", "{}/x"), "the trap file: Permission denied"),
        (("install", "--root", "{}/root"), "no folder {}/root"),
    ],
)
def test_what_lies_in_a_folder_that_is_closed_is_told_by_its_name(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    url = f"sqlite:///{folder}/trapline.db"
    config = a_file(folder / "trapline.toml", f'[traps]\nfiles = []\n[store]\nurl = "{url}"\n')
    folder.chmod(0o777)
    (folder / "closed").mkdir(mode=0o000)
    assert run_as_nobody("blocklist", "add", "11.0.0.1", config=config).code == 0, "now there is a store"
    done = run_as_nobody("--config", str(config), *(one.format(folder / "closed") for one in arguments))
    assert told.format(folder / "closed") in " ".join(done.output.split())
    assert "Traceback" not in done.stderr
    assert "Create it" not in done.stderr


def test_no_trap_is_added_where_it_may_stand_in_a_file_that_is_closed(folder: Path) -> None:
    config = a_file(folder / "trapline.toml", f'[traps]\nfiles = ["{folder}/traps", "{folder}/closed/traps"]\n')
    folder.chmod(0o777)
    (folder / "closed").mkdir(mode=0o000)
    options = ("new@mx.example", "--label", "page", "--file", f"{folder}/traps")
    done = run_as_nobody("traps", "add", *options, config=config)
    assert done.code == 78
    assert done.stderr == f"trapline: {folder}/closed/traps: cannot read the trap file: Permission denied\n"
    assert not (folder / "traps").exists()


@pytest.mark.parametrize("closed", ["spool", "fallback"])
def test_a_folder_that_the_reporter_may_not_enter_keeps_back_neither_the_other_nor_the_queue(
    folder: Path, portal: Portal, closed: str
) -> None:
    """As a careless `chown -R root` leaves it."""
    folder.chmod(0o700)
    place = Place(folder, portal.url, clock=RealClock())
    place.catch(client="11.0.0.77")
    place.fall_back()
    config = for_nobody(place)
    (folder / closed).chmod(0o000)
    done, retry = (run_as_nobody(*words, config=config) for words in (("reporter", "--once"), ("retry",)))
    (folder / closed).chmod(0o700)
    assert done.code == retry.code == 1
    assert f"trapline: {folder / closed}/new: cannot read the spool: Permission denied\n" in done.stderr
    assert retry.stderr == f"trapline: {folder / closed}/.failed/new: cannot read the spool: Permission denied\n"
    taken_in = CLIENT if closed == "spool" else "11.0.0.77"
    assert set(portal.objects("ip")) == {"11.0.0.99", taken_in}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_store_that_root_has_restored_is_told_with_what_to_do(folder: Path, portal: Portal, mode: int) -> None:
    """By `cp` from a backup: it is root's then."""
    folder.chmod(0o700)
    place = Place(folder, portal.url, clock=RealClock())
    config = for_nobody(place)
    file = folder / "trapline.db"
    os.chown(file, 0, 0)
    file.chmod(mode)
    done = run_as_nobody("reporter", "--once", config=config)
    assert done.code == (1 if mode == 0o644 else 78)
    assert f"{file} must belong to the reporter's user, and so must -wal and -shm beside it" in done.stderr
    assert "chown" in done.stderr


def for_nobody(place: Place) -> Path:
    """The configuration of a reporter that runs as nobody, in a folder of nobody's; 11.0.0.99 waits to be sent."""
    store = Store.open(place.url)
    queued(store, place.clock, "11.0.0.99")
    store.close()
    config = place.folder / "trapline.toml"
    write_config(
        config,
        {
            "spool": {"directory": place.folder / "spool"},
            "store": {"url": place.url},
            "traps": {"files": [str(place.folder / "traps")], "fallback": place.folder / "fallback"},
            "blocklist": {"files": {"milter": ""}},
            "large_senders": {"enabled": False},
            "ripe_stat": {"enabled": False},
            "reporter": {"receivers": ["mx.trap-mx.com"]},
            "spamhaus": {"api": place.api, "per_minute": 60_000, "token": TOKEN},
        },
    )
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (place.folder, *place.folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return config


def a_file(path: Path, text: str, mode: int = 0o644) -> Path:
    """Made though its folder is closed."""
    path.parent.chmod(0o700)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    path.parent.chmod(0o511)
    return path
