"""What the pages have a user type on a server of his own, typed in a booted Debian. `make container` runs this.

Line by line, as it stands, in a clone: nothing is left out but what would wait for more (`journalctl -f`). What `pip`
and `apt-get` would fetch is there already, since the container reaches nobody.
"""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.container.container import BUILD, ROOT, Container
from tests.container.mail_server import change
from tests.documentation.snippets import snippet
from tests.servers.processes import until

CLONE = "/root/trapline"
DOMAIN = "mx.example"
KEY, TOKEN = "k3ycanaryk3ycanaryk3ycanar", "t0kencanary"
#: What the pages install by apt-get, and what is there on a server that uses it (BIND).
PACKAGES = ("python3-venv", "python3-dev", "gcc", "libmilter-dev", "unbound", "swaks", "bind9", "bind9-utils")


@pytest.fixture(scope="module")
def fetched() -> Path:
    """What `pip` fetches for a user, as it is: with the hashes that the requirements have."""
    folder = BUILD / "fetched"
    folder.mkdir(parents=True, exist_ok=True)
    environment = BUILD / "pip"
    if not environment.is_dir():
        subprocess.run(["/usr/bin/python3", "-m", "venv", environment], check=True)
    for name in ("run", "postgres", "build"):
        command = [str(environment / "bin/pip"), "download", "--quiet", "--no-deps", "--dest", str(folder)]
        subprocess.run([*command, "-r", str(ROOT / "requirements" / f"{name}.txt")], check=True)
    return folder


@pytest.fixture(scope="module")
def container(fetched: Path) -> Iterator[Container]:
    with Container("pages", PACKAGES) as running:
        shutil.copytree(fetched, running.root / "root/fetched")
        (running.root / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /root/fetched\n")
        ours = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, running.root / CLONE[1:], ignore=ours)
        running.shell(f"postconf -e 'mydestination = {DOMAIN}' 'myhostname = {DOMAIN}' && systemctl restart postfix")
        # Both would have port 53, and one has tried in vain, perhaps more often than systemd lets it.
        running.shell("systemctl disable --now named && systemctl reset-failed unbound && systemctl restart unbound")
        yield running


def typed(container: Container, text: str, answers: Mapping[str, str] | None = None) -> str:
    """What the lines of `text` print, typed one after the other; `answers` are typed at a line that begins so."""
    said = ""
    for line in text.splitlines():
        command = re.sub(r"^journalctl -fu\b", "journalctl --no-pager -u", line)
        stdin = next((typed for begin, typed in (answers or {}).items() if line.startswith(begin)), "")
        said += container.run("sh", "-euc", f"cd {CLONE}\n{command}", stdin=stdin)
    return said


def test_the_readme_puts_it_behind_postfix(container: Container) -> None:
    *lines, last = snippet("README.md", "apt-get install python3-venv").splitlines()
    doctor = [line for line in lines if line.startswith("trapline doctor")]
    said = typed(container, "\n".join(line for line in [*lines, last] if line not in doctor), {"cat >": f"{KEY}\n"})
    assert "The configuration is right." in said
    assert (container.root / "etc/trapline/dqs.key").read_text() == f"{KEY}\n"
    assert container.run("stat", "-c", "%a %U:%G", "/etc/trapline/dqs.key") == "640 root:trapline\n"
    for unit in ("trapline-milter", "trapline-reporter"):
        assert container.active(unit), container.journal("-u", unit)
    assert "mode=shadow" in container.journal("-u", "trapline-milter")
    assert "trapline/milter.sock" in container.run("postconf", "-h", "smtpd_milters")


def test_the_resolver_of_the_first_step_answers(container: Container) -> None:
    typed(container, snippet("docs/setup.md", "apt-get install unbound"))
    assert container.active("unbound")


def test_unbound_takes_the_lines_for_the_blocklists_zone(container: Container) -> None:
    """And an address of its stub zone is where rbldnsd listens."""
    lines = snippet("docs/blocklist-zone.md", "server:\n")
    (container.root / "etc/unbound/unbound.conf.d/trapline.conf").write_text(lines)
    container.run("unbound-checkconf")
    container.run("systemctl", "restart", "unbound")


def test_a_probe_from_outside_is_accepted(container: Container) -> None:
    """Here outside is this machine, to which the name leads."""
    with (container.root / "etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.0.1 {DOMAIN}\n")
    for page in (snippet("docs/setup.md", "swaks "), snippet("docs/traps.md", "swaks ")):
        assert "<-  250 2.1.5 Ok" in typed(container, page)
    assert 'probe client=localhost[127.0.0.1], label="web page, footer"' in container.journal("-u", "trapline-milter")


def test_the_first_look_tells_how_all_stands(container: Container) -> None:
    """The doctor finds what is amiss here: nothing answers about the zones."""
    doctor, *others = snippet("docs/setup.md", "trapline doctor").splitlines()
    done = container.outcome("sh", "-euc", f"cd {CLONE}\n{doctor}")
    assert done.returncode == 1
    assert "dqs" in done.stdout.lower()
    assert "Traceback" not in done.stderr
    said = typed(container, "\n".join(others))
    for words in ("accept", "active (running)"):
        assert words in said, said


def test_an_update_keeps_all(container: Container) -> None:
    typed(container, snippet("docs/setup.md", "/opt/trapline/bin/pip install --upgrade"))
    assert (container.root / "etc/trapline/dqs.key").read_text() == f"{KEY}\n"
    assert container.active("trapline-milter")


def test_it_refuses_and_reports_once_it_is_told_to(container: Container) -> None:
    typed(container, snippet("docs/setup.md", "journalctl --no-pager TRAPLINE_EVENT=listed"))
    typed(container, snippet("docs/setup.md", "sed -i"))
    assert "mode=enforce" in container.journal("-u", "trapline-milter")
    typed(container, snippet("docs/setup.md", "cat >/etc/trapline/spamhaus.token"), {"cat >": f"{TOKEN}\n"})
    assert (container.root / "etc/trapline/spamhaus.token").read_text() == f"{TOKEN}\n"
    assert container.active("trapline-reporter")
    assert "no token" not in container.property("trapline-reporter", "StatusText")


def test_an_alias_hands_mail_to_the_spool(container: Container) -> None:
    typed(container, snippet("docs/mailboxes.md", "useradd "))
    container.shell(
        "postconf -e 'alias_maps = hash:/etc/postfix/trapline-aliases' 'smtpd_milters =' && postfix reload && "
        f"trapline traps add hidden2@{DOMAIN} --label pipe && "
        f"printf 'From: a@pills.com\\nSubject: x\\n\\nx\\n' | sendmail -f a@pills.com hidden2@{DOMAIN}"
    )
    container.shell("for i in $(seq 100); do ls /var/spool/trapline/*/* | grep -q . && exit 0; sleep 0.2; done; exit 1")


def test_the_mailboxes_service_gets_its_password(container: Container) -> None:
    """`systemctl edit` has what its line says written by an editor of ours."""
    editor = container.root / "root/editor"
    # systemd keeps what stands below the first line that begins so, and above the next one.
    added = r'/^### Anything between/a [Service]\nEnvironment="SCAN_OPTIONS=--move"'
    editor.write_text(f"#!/bin/sh\nfor file; do :; done\nsed -i '{added}' \"$file\"\n")
    editor.chmod(0o755)
    lines = re.sub(
        r"^(systemctl edit \S+)(.*)$",  # which wants a terminal
        r"EDITOR=/root/editor script -qec '\1' /dev/null \2",
        snippet("docs/mailboxes.md", "install -m 600"),
        flags=re.MULTILINE,
    )
    with (container.root / "etc/trapline/trapline.toml").open("a") as config:
        config.write('[[mailboxes]]\nname = "anna"\nrole = "junk"\nhost = "localhost"\nuser = "anna@mx.example"\n')
    typed(container, lines, {"install ": "hush\n"})
    assert container.run("stat", "-c", "%a %U", "/etc/trapline/mailboxes/anna") == "600 root\n"
    assert container.active("trapline-mailboxes"), container.journal("-u", "trapline-mailboxes")
    assert "SCAN_OPTIONS=--move" in container.run("systemctl", "show", "-p", "Environment", "trapline-scan@anna")


def test_bind_serves_the_blocklist_with_a_key_of_its_own(container: Container) -> None:
    container.run("systemctl", "stop", "unbound")
    typed(container, snippet("docs/blocklist-zone.md", "install -d -o trapline-reporter"))
    typed(container, snippet("docs/blocklist-zone.md", "rndc-confgen "))
    assert container.run("stat", "-c", "%a %U:%G", "/etc/bind/trapline.key") == "440 trapline-reporter:bind\n"


def test_postmap_and_rndc_work_within_the_reporters_hardened_unit(container: Container) -> None:
    """What the page has the administrator set, and a map for Postfix: both have an entry within seconds."""
    pages = [
        snippet("docs/blocklist-zone.md", "[blocklist.files]\nbind"),
        snippet("docs/blocklist-zone.md", "[blocklist.files]\nrbldnsd"),
    ]
    (files, zone) = (
        tomllib.loads(page)["blocklist"][name] for page, name in zip(pages, ("files", "zone"), strict=True)
    )
    files["postmap"] = "/var/lib/trapline/blocklist/clients"
    empty = {"bind": '""', "postmap": '""', "command": "[]", "name": '""', "nameservers": "[]", "hostmaster": '""'}
    config = container.root / "etc/trapline/trapline.toml"
    part = config.read_text().partition("[blocklist.files]")[2].partition("[filters.spamd]")[0]
    filled = part
    for key, value in (files | zone).items():
        filled = filled.replace(f"\n{key} = {empty[key]} ", f"\n{key} = {json.dumps(value)} ")
    change(config, (part, filled))
    with (container.root / "etc/bind/named.conf.local").open("a") as ours:
        ours.write(snippet("docs/blocklist-zone.md", "include ") + "\n")
    container.run("systemctl", "restart", "named", "trapline-reporter")
    container.run("trapline", "blocklist", "add", "11.0.7.0/24", "--reason", "tried")
    ask = f"import dns.resolver as d; print(*d.resolve_at('127.0.0.1', '66.7.0.11.{zone['name']}'))"
    until("named to have it", lambda: container.outcome("/opt/trapline/bin/python", "-c", ask).returncode == 0, 60)
    assert "127.0.0.3" in container.run("/opt/trapline/bin/python", "-c", ask)
    assert container.run("postmap", "-q", "11.0.7", f"hash:{files['postmap']}").startswith("550 5.7.1 ")
    said = container.journal("-u", "trapline-reporter")
    assert [line for line in said.splitlines() if line.startswith("blocklist: ")] == []  # which are complaints


def test_several_servers_share_a_store(container: Container) -> None:
    url = "postgresql+psycopg://trapline:hush@db.mx.example/trapline"
    *commands, example = snippet("docs/several-servers.md", "/opt/trapline/bin/pip install").splitlines()
    assert example == url.replace("hush", "PASSWORD")
    typed(container, "\n".join(commands), {"install ": f"{url}\n"})
    assert container.run("stat", "-c", "%a %U", "/etc/trapline/store.url") == "400 trapline-reporter\n"
    container.run("/opt/trapline/bin/python", "-c", "import psycopg")


def test_it_is_taken_out(container: Container) -> None:
    """What the page has the reader take out of main.cf by hand is set there by us alone."""
    container.shell("postconf -X $(postconf -n | grep -e trapline -e silent-discard | cut -d ' ' -f 1)")
    said = typed(container, snippet("docs/setup.md", "postconf -MX"))
    assert not [name for name in ("trapline", "trapline.db") if (container.root / "etc/postfix" / name).exists()]
    assert "stays: /etc/trapline/dqs.key, which you have changed" in said
    assert not (container.root / "opt/trapline").exists()


def test_then_nothing_is_left(container: Container) -> None:
    container.run("userdel", "trapline-pipe")  # which another page has made
    lines = snippet("docs/setup.md", "rm -rf /etc/trapline")
    typed(container, lines)
    folders = [word for word in lines.split() if word.startswith("/")]
    assert [name for name in folders if (container.root / name[1:]).exists()] == []
    assert "trapline" not in container.run("getent", "passwd") + container.run("getent", "group")


def test_the_debian_package_installs_as_the_page_says(container: Container) -> None:
    """`make container` has made it, and on a server `make` needs what `apt-get` fetches."""
    make, *others = snippet("docs/setup.md", "make deb").splitlines()
    subprocess.run([*make.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)
    typed(container, "\n".join(others))
    assert container.run("sh", "-c", "command -v trapline") == "/usr/bin/trapline\n"
    assert "trapline/milter.sock" in container.run("postconf", "-h", "smtpd_milters")
