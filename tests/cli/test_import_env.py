"""`trapline config import-env` moves the user of another DQS milter in one command, and never spreads the key."""

import stat
import subprocess
from pathlib import Path

import pytest

from tests.documentation.snippets import snippet
from tests.servers.trapline_process import run
from trapline.config.load import load
from trapline.config.secrets import dqs_key

KEY = "canaryabcdefghijklmnopqrst"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "old.env"
    file.write_text(
        f"# mine\nSPAMHAUS_DQS_API_KEY={KEY}\nSPAMHAUS_DQS_ZEN_REJECT_CODES=2,3\nSPAMHAUS_DQS_CACHE_MAX=5\n",
        encoding="utf-8",
    )
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_prints_a_configuration_and_says_where_the_key_is(old: Path, tmp_path: Path) -> None:
    done = run("config", "import-env", str(old))
    assert done.code == 0
    (tmp_path / "new.toml").write_text(done.stdout, encoding="utf-8")
    assert load(tmp_path / "new.toml", {}).dqs.zen.codes == {2, 3}
    assert "max_entries = " in done.stdout
    assert f"line 2 of {old}" in done.stderr
    assert KEY not in done.output


def test_it_writes_both_files_for_owner_and_group_alone_and_trapline_uses_them(old: Path, tmp_path: Path) -> None:
    new, key = tmp_path / "trapline.toml", tmp_path / "dqs.key"
    done = run("config", "import-env", str(old), "--output", str(new), "--key-output", str(key))
    assert (done.code, done.stdout) == (0, "")
    assert (mode(new), mode(key)) == (0o640, 0o640)
    assert KEY not in done.output + new.read_text(encoding="utf-8")
    assert dqs_key(load(new, {}), {}) == KEY
    checked = run("config", "check", config=new)
    assert (checked.code, "DQS key:         set" in checked.stdout) == (0, True)


def test_the_page_of_the_setup_moves_somebody(old: Path, tmp_path: Path) -> None:
    """As the page has it, but for the folders; the configuration that install has made keeps owner and mode."""
    new = tmp_path / "etc" / "trapline.toml"
    new.parent.mkdir()
    new.write_text("# as installed\n", encoding="utf-8")
    new.chmod(0o640)
    lines = snippet("docs/setup.md", "trapline config import-env").replace("/etc/old-milter.env", str(old))
    move, take, check = lines.replace("/root/", f"{tmp_path}/").replace("/etc/trapline/", f"{new.parent}/").splitlines()
    assert run(*move.split()[1:]).code == 0
    subprocess.run(["/bin/sh", "-c", take], check=True, timeout=60)
    text = new.read_text(encoding="utf-8")
    assert load(new, {}).dqs.zen.codes == {2, 3}
    assert mode(new) == 0o640
    assert '\nlisten = "inet:' in text
    (new.parent / "dqs.key").touch(mode=0o640)
    new.write_text(text.replace("/etc/trapline/", f"{new.parent}/"), encoding="utf-8")
    assert run(*check.split()[1:], config=new).code == 0


def test_a_folder_for_secrets_that_there_are_none_of_is_not_ignored_in_silence(old: Path, tmp_path: Path) -> None:
    done = run("config", "import-env", str(old), "--secrets", str(tmp_path / "secrets"))
    assert done.code == 0
    assert "--secrets has nothing to write" in done.stderr
    assert "--key-output" in done.stderr.partition("--secrets has")[2]
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("there", ["trapline.toml", "dqs.key"])
def test_a_file_that_is_there_is_kept_and_nothing_is_written(old: Path, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine\n", encoding="utf-8")
    new, key = tmp_path / "trapline.toml", tmp_path / "dqs.key"
    done = run("config", "import-env", str(old), "--output", str(new), "--key-output", str(key))
    assert done.code == 1
    assert f"{there}: exists already" in done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["old.env", there])
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("folder", ["absent", "old.env"])
def test_where_the_key_can_not_be_written_nothing_is_and_a_second_run_does_it(
    old: Path, tmp_path: Path, folder: str
) -> None:
    new, key = tmp_path / "trapline.toml", tmp_path / folder / "dqs.key"
    arguments = ("config", "import-env", str(old), "--output", str(new), "--key-output")
    done = run(*arguments, str(key))
    assert done.code == 1
    assert f"{key.parent}: there is no such folder. Create it first" in done.stderr
    assert "Wrote" not in done.output
    assert [file.name for file in tmp_path.iterdir()] == ["old.env"]
    assert run(*arguments, str(tmp_path / "dqs.key")).code == 0


def test_nothing_is_printed_either_where_the_key_can_not_be_written(old: Path, tmp_path: Path) -> None:
    done = run("config", "import-env", str(old), "--key-output", str(tmp_path / "absent" / "dqs.key"))
    assert (done.code, done.stdout) == (1, "")


def test_one_path_for_both_is_refused_and_nothing_is_written(old: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    done = run("config", "import-env", str(old), "--output", str(both), "--key-output", str(both))
    assert (done.code, both.exists()) == (1, False)
    assert f"{both}: exists already" in done.stderr


def test_a_bad_value_is_an_error_of_the_file_and_nothing_is_written(old: Path, tmp_path: Path) -> None:
    with old.open("a", encoding="utf-8") as file:
        file.write("SPAMHAUS_DQS_LISTEN=nonsense\n")
    done = run("config", "import-env", str(old), "--output", str(tmp_path / "new.toml"))
    assert done.code == 78
    assert f"trapline: {old}:5: SPAMHAUS_DQS_LISTEN = 'nonsense': expected" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new.toml").exists()


def test_a_file_without_a_key_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "keyless.env").write_text("SPAMHAUS_DQS_ZEN_ENABLE=0\n", encoding="utf-8")
    done = run("config", "import-env", str(tmp_path / "keyless.env"), "--key-output", str(tmp_path / "key"))
    assert done.code == 0
    assert "no SPAMHAUS_DQS_API_KEY" in done.stderr
    assert not (tmp_path / "key").exists()
