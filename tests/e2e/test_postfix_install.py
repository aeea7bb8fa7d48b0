"""`config/postfix/install` adds what trapline needs to a Postfix, and takes nothing away."""

import os
import shlex
import subprocess
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from tests.documentation.snippets import snippet
from tests.servers.processes import aged
from trapline.cli.doctor import postfix as doctor
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings

SCRIPT = Path(str(files("trapline.config") / "postfix" / "install"))
MAIN_CF = """\
compatibility_level = 3.6
smtpd_milters = unix:opendkim/opendkim.sock
virtual_alias_maps = hash:/etc/postfix/virtual
"""
ADDED = ("smtpd_milters", "virtual_alias_maps", "transport_maps", "smtpd_discard_ehlo_keywords")


@pytest.fixture
def postfix(tmp_path: Path) -> Path:
    """A configuration folder of a Postfix that has a milter and aliases already."""
    (tmp_path / "main.cf").write_text(MAIN_CF, encoding="utf-8")
    (tmp_path / "master.cf").write_text("smtp inet n - y - - smtpd\n", encoding="utf-8")
    aged(tmp_path / "main.cf", tmp_path / "master.cf")
    return tmp_path


def install(
    postfix: Path, *milter: str, user: str = "echo 987", group: str = "echo trapline:x:986:"
) -> subprocess.CompletedProcess[str]:
    """Run the script on a machine that has the user trapline-reporter and the group trapline, or not."""
    programs = postfix / "bin"
    programs.mkdir(exist_ok=True)
    for name, body in (("id", user), ("getent", group)):
        (programs / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    environ = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin"}
    done = subprocess.run(
        ["sh", str(SCRIPT), str(postfix), *milter], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    aged(postfix / "main.cf", postfix / "master.cf")
    return done


def value(postfix: Path, name: str) -> str:
    command = ["/usr/sbin/postconf", "-c", str(postfix), "-h", name]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_what_is_there_stays_and_ours_is_added(postfix: Path) -> None:
    assert install(postfix).returncode == 0
    ours = "{ unix:trapline/milter.sock, default_action=accept }"
    assert value(postfix, "smtpd_milters") == f"unix:opendkim/opendkim.sock, {ours}"
    assert value(postfix, "virtual_alias_maps") == f"hash:/etc/postfix/virtual, hash:{postfix}/trapline"
    assert value(postfix, "transport_maps") == "inline:{ trapline.invalid=trapline: }"
    master = (postfix / "master.cf").read_text(encoding="utf-8")
    assert master.startswith("smtp inet")
    assert "virtual_uid_maps=static:987\n" in master
    assert "virtual_gid_maps=static:986\n" in master


def test_without_a_table_of_traps_it_makes_an_empty_one_since_postfix_would_put_all_mail_off(postfix: Path) -> None:
    install(postfix)
    command = ["/usr/sbin/postmap", "-c", str(postfix), "-q", "anna@mx.example", f"hash:{postfix}/trapline"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", ""), "there, and nobody in it"
    assert {(postfix / name).stat().st_mode & 0o777 for name in ("trapline", "trapline.db")} == {0o640}


def test_a_table_that_is_there_stays(postfix: Path) -> None:
    (postfix / "trapline").write_text("hidden1@mx.example  trap@trapline.invalid\n", encoding="utf-8")
    install(postfix)
    command = ["/usr/sbin/postmap", "-c", str(postfix), "-q", "hidden1@mx.example", f"hash:{postfix}/trapline"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "trap@trapline.invalid\n"


def test_a_second_time_changes_nothing(postfix: Path) -> None:
    install(postfix)
    before = [(postfix / name).read_bytes() for name in ("main.cf", "master.cf")]
    done = install(postfix)
    assert done.returncode == 0
    assert done.stdout.count("has it already") == len(ADDED) + 1
    assert [(postfix / name).read_bytes() for name in ("main.cf", "master.cf")] == before


def test_what_only_looks_like_ours_is_not_taken_for_it(postfix: Path) -> None:
    (postfix / "main.cf").write_text(f"{MAIN_CF.rstrip()}, hash:{postfix}/trapline-old\n", encoding="utf-8")
    aged(postfix / "main.cf")
    install(postfix)
    assert value(postfix, "virtual_alias_maps").endswith(f"/trapline-old, hash:{postfix}/trapline")


def test_our_milter_stays_as_somebody_has_tuned_it(postfix: Path) -> None:
    tuned = "{ unix:trapline/milter.sock, connect_timeout=10s, default_action=accept }, unix:rspamd/rspamd.sock"
    (postfix / "main.cf").write_text(f"compatibility_level = 3.6\nsmtpd_milters = {tuned}\n", encoding="utf-8")
    aged(postfix / "main.cf")
    assert "smtpd_milters: has it already" in install(postfix).stdout
    assert value(postfix, "smtpd_milters") == tuned


def test_where_the_socket_is_out_of_reach_it_says_so(postfix: Path) -> None:
    assert "there is no /var/spool/postfix-in/trapline" in another_instance(postfix, "queue").stderr
    assert another_instance(postfix, "port", "inet:127.0.0.1:11339").stderr == ""


def test_a_socket_that_the_milter_has_left_for_a_port_is_told(postfix: Path) -> None:
    """Postfix would complain of it with each connection, and trapline doctor of nothing."""
    install(postfix)
    assert "trapline/milter.sock is still in it" in install(postfix, "inet:127.0.0.1:11339").stdout
    assert "still in it" in install(postfix, "inet:127.0.0.1:11339").stdout
    assert "still in it" not in install(postfix).stdout


def another_instance(postfix: Path, name: str, *milter: str) -> subprocess.CompletedProcess[str]:
    folder = postfix / name
    folder.mkdir()
    (folder / "main.cf").write_text(f"{MAIN_CF}queue_directory = /var/spool/postfix-in\n", encoding="utf-8")
    (folder / "master.cf").write_text("smtp inet n - y - - smtpd\n", encoding="utf-8")
    aged(folder / "main.cf", folder / "master.cf")
    return install(folder, *milter)


def test_the_page_puts_the_milter_behind_another_instance(postfix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(tomllib.loads(snippet("docs/postfix.md", "[milter]\nlisten")))
    first, *rest, look = snippet("docs/postfix.md", "sh config/postfix/install /etc/postfix-in").splitlines()
    assert install(postfix, *shlex.split(first)[3:]).returncode == 0
    commands = "\n".join(rest).replace("/etc/postfix-in", str(postfix))
    subprocess.run(["sh", "-ec", commands], env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"}, check=True)
    aged(postfix / "main.cf", postfix / "master.cf")
    assert look == "MAIL_CONFIG=/etc/postfix-in trapline doctor"
    monkeypatch.setenv("MAIL_CONFIG", str(postfix))
    found = {one.name: one.state for one in doctor.check(Site(settings, postfix / "trapline.toml"))}
    assert found[doctor.MILTER] == "ok"
    asked = ["postmap", "-c", str(postfix), "-q", "hidden1@mx.example", f"hash:{postfix}/trapline"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "trap@trapline.invalid\n"


@pytest.mark.parametrize("missing", ["user", "group"])
def test_without_our_user_or_group_nothing_is_changed_and_it_says_what_to_do(postfix: Path, missing: str) -> None:
    done = install(postfix, **{missing: "exit 2"})
    assert done.returncode == 1
    assert 'run "trapline install" first' in done.stderr
    assert (postfix / "main.cf").read_text(encoding="utf-8") == MAIN_CF
    assert "trapline" not in (postfix / "master.cf").read_text(encoding="utf-8")


def test_the_page_takes_all_of_it_out_again(postfix: Path) -> None:
    install(postfix)
    (postfix / "main.cf").write_text(MAIN_CF, encoding="utf-8")  # what the page has the reader do by hand
    aged(postfix / "main.cf")
    assert take_out(postfix) == ""
    master = (postfix / "master.cf").read_text(encoding="utf-8").splitlines()
    assert [line for line in master if not line.startswith("#")] == ["smtp inet n - y - - smtpd"]
    assert sorted(path.name for path in postfix.iterdir()) == ["bin", "main.cf", "master.cf"]


def test_the_page_leaves_the_table_while_main_cf_names_it_since_postfix_would_put_all_mail_off(postfix: Path) -> None:
    install(postfix)
    said = take_out(postfix)
    assert [line.partition(" ")[0] for line in said.splitlines()] == [
        "smtpd_discard_ehlo_keywords",
        "smtpd_milters",
        "transport_maps",
        "virtual_alias_maps",
    ]
    assert (postfix / "trapline").exists()
    assert (postfix / "trapline.db").exists()


def test_the_page_finds_that_nobody_is_offered_notices_any_more(postfix: Path) -> None:
    """Nothing in that line is called trapline."""
    install(postfix)
    (postfix / "main.cf").write_text(f"{MAIN_CF}smtpd_discard_ehlo_keywords = silent-discard, dsn\n", encoding="utf-8")
    aged(postfix / "main.cf")
    assert take_out(postfix) == "smtpd_discard_ehlo_keywords = silent-discard, dsn\n"
    assert (postfix / "trapline").exists()


def test_the_page_says_what_of_master_cf_stays(postfix: Path) -> None:
    install(postfix)
    take_out(postfix)
    comment = [
        line for line in (postfix / "master.cf").read_text(encoding="utf-8").splitlines() if line.startswith("#")
    ]
    assert (len(comment), comment[0].startswith("# What trapline adds")) == (3, True)


def take_out(postfix: Path) -> str:
    """What the page's lines about Postfix print, but for the reload: this one does not run."""
    service, reload, table, *_ = snippet("docs/setup.md", "postconf -MX").splitlines()
    assert reload == "postfix reload"
    commands = f"{service}\n{table}".replace("/etc/postfix/", f"{postfix}/")
    environ = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin", "MAIL_CONFIG": str(postfix)}
    done = subprocess.run(["sh", "-euc", commands], env=environ, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
