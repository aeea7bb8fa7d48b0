"""The command itself: its options, its exit codes, its errors."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tests.servers.trapline_process import COMMAND, run
from trapline.cli.main import app
from trapline.cli.manual import commands


def a_config(path: Path, text: str = "") -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_the_configuration_may_be_named_before_and_after_the_command(tmp_path: Path) -> None:
    bad = str(a_config(tmp_path / "bad.toml", "[milter]\nworkers = 0\n"))
    for arguments in (["--config", bad, "config", "check"], ["config", "check", "--config", bad]):
        done = run(*arguments)
        assert done.code == 78
        assert "bad.toml: milter.workers = 0" in done.stderr
    assert run("config", "check", environ={"TRAPLINE_CONFIG": bad}).code == 78


def test_what_stands_after_the_command_wins(tmp_path: Path) -> None:
    bad = a_config(tmp_path / "bad.toml", "[milter]\nworkers = 0\n")
    good = a_config(tmp_path / "good.toml")
    assert run("--config", str(bad), "config", "check", "--config", str(good)).code == 0


def test_config_check_says_what_is_set(tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.write_text("a@mx.com x\n", encoding="utf-8")
    config = a_config(tmp_path / "trapline.toml", f'[dqs]\nkey = "canary"\n[traps]\nfiles = ["{traps}"]\n')
    done = run("config", "check", config=config)
    assert done.code == 0
    assert f"file:            {config}\n" in done.stdout
    assert "mode:            enforce: listed clients are refused" in done.stdout
    assert "DQS key:         set" in done.stdout
    assert "trap lines:      1" in done.stdout
    assert done.last_line == "The configuration is right."
    assert "canary" not in done.output


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://anna:hush@db/x", "neither SQLite nor PostgreSQL"),
        ("sqlite:///trapline.db", "four slashes"),
        ("postgresql+psycopg://anna:hu@sh@db/x", "write @ as %40"),
    ],
)
def test_config_check_says_what_is_no_url_of_a_store(tmp_path: Path, url: str, why: str) -> None:
    done = run("config", "check", config=a_config(tmp_path / "trapline.toml", f'[store]\nurl = "{url}"\n'))
    assert done.code == 78
    assert "trapline: store.url: " in done.stderr
    assert why in done.stderr
    assert "sh@db" not in done.output


def test_config_check_says_what_the_milter_would_not_start_without(tmp_path: Path) -> None:
    (tmp_path / "empty").touch(mode=0o600)
    (tmp_path / "traps").write_text("a@mx.com x\n", encoding="utf-8")
    keyless = f'[dqs]\nkey_file = "{tmp_path}/empty"\n[traps]\nfiles = ["{tmp_path}/traps"]\n'
    done = run("config", "check", config=a_config(tmp_path / "keyless.toml", keyless))
    assert (done.code, done.last_line) == (0, "The configuration is right, for the reporter alone.")
    assert "DQS key:         not set: the milter will not start" in done.stdout


@pytest.mark.skipif(Path("/etc/trapline/trapline.toml").exists(), reason="this machine is configured")
def test_config_check_says_that_no_file_was_read() -> None:
    done = run("config", "check")
    assert "file:            /etc/trapline/trapline.toml (does not exist: every setting has its default)" in done.stdout


@pytest.mark.skipif(Path("/etc/trapline/traps").exists(), reason="this machine has traps")
def test_config_check_says_that_there_is_no_trap_file(tmp_path: Path) -> None:
    done = run("config", "check", config=a_config(tmp_path / "trapline.toml", '[dqs]\nkey = "k"\n'))
    assert (done.code, done.last_line) == (0, "The configuration is right, for the reporter alone.")
    assert "trap lines:      none: there is no /etc/trapline/traps: the milter will not start" in done.stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[dqs]\nkey_file = "/nowhere/dqs.key"', "/nowhere/dqs.key"),
        ('[spamhaus]\ntoken_file = "/nowhere/token"', "/nowhere/token"),
        ('[traps]\nfiles = ["/nowhere/traps"]', "/nowhere/traps"),
    ],
)
def test_config_check_finds_the_files_that_are_missing(tmp_path: Path, text: str, why: str) -> None:
    done = run("config", "check", config=a_config(tmp_path / "trapline.toml", text))
    assert done.code == 78
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_the_milter_without_a_key_or_a_trap_file_ends_with_78_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").touch(mode=0o600)
    keyless = a_config(tmp_path / "keyless.toml", f'[dqs]\nkey_file = "{tmp_path}/empty"\n')
    done = run("milter", config=keyless)
    assert (done.code, "no DQS key" in done.stderr) == (78, True)
    trapless = a_config(tmp_path / "trapless.toml", f'[dqs]\nkey = "k"\n[traps]\nfiles = ["{tmp_path}/traps"]\n')
    done = run("milter", config=trapless)
    assert done.code == 78
    assert f"{tmp_path}/traps: cannot read the trap file" in done.stderr


def test_a_wrong_option_is_a_usage_error() -> None:
    assert run("lookup", "--nonsense").code == 2
    assert run("nonsense").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("blocklist", "why", "canary"),
        ("blocklist", "add", "9.8.7.66/24"),
        ("blocklist", "list", "--within", "canary"),
        ("traps", "test", "canary"),
        ("traps", "test", "@canary.com"),
        ("traps", "test", "canary@two words"),
        ("lookup", "--client", "9.8.7.66", "--mail-from", "canary"),
        ("lookup", "--client", "9.8.7.66", "--rcpt", "canary"),
    ],
    ids=" ".join,
)
def test_what_can_be_no_address_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """1 would be the answer "no" about an address. What may be a trap, mistyped, is not repeated."""
    (tmp_path / "traps").write_text("a@mx.com x\n", encoding="utf-8")
    (tmp_path / "traps").chmod(0o640)
    config = a_config(tmp_path / "trapline.toml", f'[dqs]\nkey = "k"\n[traps]\nfiles = ["{tmp_path}/traps"]\n')
    done = run(*arguments, config=config)
    assert (done.code, "xpected a" in done.stderr) == (2, True), done.output
    assert arguments[0] == "blocklist" or "canary" not in done.output


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.help
        assert f"trapline {name}" in readme


@pytest.mark.parametrize(
    "of", [(), ("blocklist",), ("config",), ("spool",), ("traps",)], ids=lambda of: " ".join(of) or "trapline"
)
def test_the_overview_of_the_commands_cuts_none_of_their_sentences(of: tuple[str, ...]) -> None:
    help_ = run(*of, "--help", environ={"COLUMNS": "80"}).stdout
    lines = help_.partition("Commands:\n")[2].splitlines()
    assert lines
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


def test_help_is_plain_and_gives_no_value_to_an_option_that_takes_none() -> None:
    help_ = run("status", "--help").stdout
    assert re.search(r"^  --json +Print JSON\.$", help_, re.MULTILINE)
    assert "─" not in help_


def every_command() -> list[tuple[str, ...]]:
    root: Any = get_command(app)
    context = root.context_class(root, info_name="trapline", parent=None)
    return [tuple(its.command_path.split()[1:]) for _, its in commands.commands(root, context)]


@pytest.mark.parametrize("of", every_command(), ids=" ".join)
def test_help_names_no_type_of_python(of: tuple[str, ...]) -> None:
    """What stands between < and > is a choice; a repeated argument has its three dots once, and behind it."""
    help_ = CliRunner().invoke(app, [*of, "--help"]).stdout
    assert re.findall(r"<(?![^>|]+\|)[^=>]*>", help_) == []
    assert "…" not in help_.partition("\n")[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("submissions", "--days", "0"), "'--days': expected at least 1"),
        (("submissions", "--days", "x"), "'--days': expected a whole number"),
        (("status", "--every", "x"), "'--every': expected a number"),
        (("traps", "add", "--kind", "old", "--label", "x", "x"), "'--kind': 'old' is not one of 'pristine', "),
    ],
)
def test_a_wrong_value_is_told_as_one_of_the_configuration(arguments: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert why in done.stderr
    assert "Value error" not in done.stderr


def test_traps_are_checked_and_tested(tmp_path: Path) -> None:
    (tmp_path / "traps").write_text("canary@mx.com  web page\n", encoding="utf-8")
    config = a_config(tmp_path / "trapline.toml", f'[traps]\nfiles = ["{tmp_path}/traps"]\n')
    assert run("traps", "check", config=config).code == 0
    assert "label 'web page', kind pristine" in run("traps", "test", "Canary@MX.com", config=config).stdout
    assert run("traps", "test", "anna@mx.com", config=config).code == 1
    (tmp_path / "traps").write_text("canary\n", encoding="utf-8")
    done = run("traps", "check", config=config)
    assert done.code == 78
    assert f"{tmp_path}/traps:1: " in done.stderr
    assert "canary" not in done.stderr


def test_the_command_is_installed() -> None:
    assert COMMAND.exists()
    assert run("--version").stdout.startswith("trapline ")


def test_show_makes_no_store_where_there_is_none(tmp_path: Path) -> None:
    config = a_config(tmp_path / "trapline.toml", f'[store]\nurl = "sqlite:///{tmp_path}/trapline.db"\n')
    assert run("show", "0123", config=config).code == 1
    assert not (tmp_path / "trapline.db").exists()


def test_no_command_loads_what_only_another_one_needs() -> None:
    program = "import sys, trapline.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "typer" in loaded
    assert loaded & {"alembic", "dns", "milter", "requests", "rich", "sqlalchemy"} == set()
