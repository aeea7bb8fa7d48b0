"""`trapline doctor` looks at a whole mail server, finds each fault, and says what to do about it."""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.rcode
import pytest

from tests.servers.mail_exchanger import OTHER_TRAP, TRAP, MailExchanger
from tests.servers.name_server import name_server, serving
from tests.servers.postfix import DOMAIN
from tests.servers.processes import free_port
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import Run, Table, run, run_as_nobody, write_config
from trapline.config.shipped import shipped
from trapline.config.values import InetListen
from trapline.milter.handshake import HandshakeFailed, shake_hands
from trapline.reporter.storage.store import Store

Lines = dict[str, dict[str, str]]


def doctor(mx: MailExchanger, *arguments: str, config: Path | None = None) -> Run:
    """As root; the daemons of this test run as root, too."""
    users = ("--milter-user", "root", "--reporter-user", "root", "--mailboxes-user", "root")
    environ = {"MAIL_CONFIG": f"{mx.postfix.folder}/etc"}
    return run("doctor", *users, *arguments, config=config or mx.config, environ=environ)


def as_an_ordinary_user(*arguments: str, **environ: str) -> Run:
    users = ("--milter-user", "root", "--reporter-user", "root")
    return run_as_nobody("doctor", "--json", *users, *arguments, environ=environ)


def lines(done: Run) -> Lines:
    return {line["name"]: line for line in json.loads(done.stdout)}


def looked(mx: MailExchanger, settings: Table | None = None) -> tuple[int, Lines]:
    """The exit code and the lines, with `settings` over the configuration; the milter knows nothing of them."""
    config = mx.folder / "doctor.toml"
    write_config(config, mx._defaults(), settings or {})
    done = doctor(mx, "--json", config=config)
    assert TRAP not in done.output
    assert mx.dns.key not in done.output
    assert mx.portal.token not in done.output
    return done.code, lines(done)


def make_store(mx: MailExchanger) -> None:
    """As the reporter makes it at its first start."""
    Store.open(f"sqlite:///{mx.folder}/trapline.db").close()


def with_traps(mx: MailExchanger, text: str) -> Table:
    """Settings with another trap file."""
    file = mx.folder / "doctor.traps"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o640)
    return {"traps": {"files": [str(file)]}}


def states(found: Lines, state: str) -> list[str]:
    return [name for name, line in found.items() if line["state"] == state]


@contextmanager
def postfix_setting(mx: MailExchanger, **settings: str) -> Iterator[None]:
    """Postfix's main.cf as it is with more lines at its end."""
    main = mx.postfix.folder / "etc" / "main.cf"
    before = main.read_bytes()
    with main.open("a", encoding="utf-8") as file:
        file.write("".join(f"{name} = {value}\n" for name, value in settings.items()))
    try:
        yield
    finally:
        main.write_bytes(before)


def test_a_server_that_is_set_up_right_passes(mx: MailExchanger) -> None:
    make_store(mx)
    (mx.folder / "traps").chmod(0o640)
    code, found = looked(mx)
    assert states(found, "failed") == []
    assert code == 0
    wanted = {
        "configuration", "dqs.key", "spamhaus.token", "user root", "traps", "DQS key", "zone zen", "zone dbl",
        "zone zrd", "milter", "milter's socket", "Postfix's milters", "order of the milters", "in front of the milter",
        "submission",
        "Postfix's recipients", "mail in the spool", "database", "portal", "clock", f"resolver {mx.dns.nameserver}",
        f"spool {mx.spool_folder}", f"{mx.folder}/traps", f"fallback {mx.postfix.fallback}",
    }  # fmt: skip
    assert wanted - set(states(found, "ok")) == set()
    assert all(line["hint"] for line in found.values() if line["state"] in {"warning", "failed"})


def test_it_changes_nothing(mx: MailExchanger) -> None:
    make_store(mx)

    def seen() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in mx.folder.rglob("*") if path.name != "milter.log"}

    before = seen()
    doctor(mx)
    assert seen() == before


def test_people_get_a_table_and_the_hints_below_it(mx: MailExchanger) -> None:
    mx.milter_kill()
    done = doctor(mx)
    assert done.code == 1
    table, _, hints = done.stdout.partition("What to do:")
    assert "the milter is not running" in " ".join(table.split())
    assert "- milter (failed): systemctl restart trapline-milter" in hints
    assert ", 1 failed, " in done.last_line


NOWHERE = {
    "dqs": {"nameservers": ["127.0.0.1:1"], "key_file": "/nowhere/key"},
    "milter": {"listen": "unix:/nowhere/milter.sock"},
    "traps": {"files": ["/nowhere/traps"]},
    "spool": {"directory": "/nowhere/spool"},
    "store": {"url": "sqlite:////nowhere/x.db"},
    "spamhaus": {"token": "wrong"},
}
NO_SUCH = (  # the line, what is seen in it, what its hint says
    ("resolver 127.0.0.1:1", "Connection refused", "dqs.nameservers"),
    ("dqs.key", "No such file", "Create it"),
    ("milter", "is not running", "systemctl restart trapline-milter"),
    ("Postfix's milters", "no smtpd service", "smtpd_milters"),
    ("traps", "cannot read the trap file", "trapline traps check"),
    ("/nowhere/traps", "does not exist", "trapline traps add ADDRESS --label"),
    ("spool /nowhere/spool", "does not exist", "install -d -m 2770 -g trapline /nowhere/spool /nowhere/spool/tmp"),
    ("store's folder /nowhere", "does not exist", "install -d -m 0711 -o root /nowhere"),
    ("socket's folder /nowhere", "does not exist", "install -d -m 2750"),
    ("portal", "refuses the token (HTTP 401", "your Spamhaus account"),
)


def test_each_fault_has_its_line_and_its_hint(mx: MailExchanger) -> None:
    code, found = looked(mx, NOWHERE)
    assert code == 1
    for name, seen, hint in NO_SUCH:
        assert found[name]["state"] == "failed", found[name]
        assert seen in found[name]["seen"]
        assert hint in found[name]["hint"]


def test_a_wrong_configuration_is_all_that_can_be_told(mx: MailExchanger) -> None:
    code, found = looked(mx, {"spool": {"director": "/x"}})
    assert (code, states(found, "failed")) == (1, ["configuration"])
    assert "spool.director: no such setting" in found["configuration"]["seen"]
    assert "trapline config check" in found["configuration"]["hint"]
    assert set(states(found, "skipped")) == set(found) - {"configuration"}


def test_a_resolver_that_refuses_us_fails(mx: MailExchanger) -> None:
    _, found = looked(mx, {"dqs": {"key": "n0tk3yn0tk3yn0tk3yn0tk3y"}})
    line = found[f"resolver {mx.dns.nameserver}"]
    assert (line["state"], "REFUSED" in line["seen"], "unbound" in line["hint"]) == ("failed", True, True)


def test_a_resolver_that_has_answers_but_for_our_key_is_not_to_blame(mx: MailExchanger) -> None:
    asked = serving({("dq.spamhaus.net", "A"): ["11.0.0.1"]})

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        said = asked(query)
        if said is not None and mx.dns.key in str(query.question[0].name):
            said.set_rcode(dns.rcode.SERVFAIL)
        return said

    with name_server(answer) as resolver:
        _, found = looked(mx, {"dqs": {"nameservers": [resolver]}})
    assert found[f"resolver {resolver}"]["state"] == "ok"
    assert (found["DQS key"]["state"], "SERVFAIL" in found["DQS key"]["seen"]) == ("failed", True)
    assert "the key in your Spamhaus account" in found["DQS key"]["hint"]


def test_a_public_resolver_is_known_by_the_zones_answer(mx: MailExchanger) -> None:
    with Rbldnsd({"zen": {"0.0.0.0/0": "127.255.255.254"}}, without={"zen": ["127.0.0.2"]}) as dns:
        _, found = looked(mx, {"dqs": {"nameservers": [dns.nameserver]}})
    line = found[f"resolver {dns.nameserver}"]
    assert (line["state"], "127.255.255.254" in line["seen"]) == ("failed", True)
    assert "unbound" in line["hint"]
    assert found["DQS key"]["state"] == found["zone dbl"]["state"] == "skipped"


def test_with_everything_dead_it_ends_in_half_a_minute(mx: MailExchanger) -> None:
    with name_server(lambda _query: None) as silent, socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]  # accepts, and never says a word
        settings = {
            "dqs": {"nameservers": [silent, "127.0.0.1:1"]},
            "spamhaus": {"api": f"http://127.0.0.1:{port}", "timeout_seconds": 4},
            "milter": {"listen": f"inet:{port}@127.0.0.1"},
            "store": {"url": f"postgresql://x@127.0.0.1:{port}/x?connect_timeout=4"},
        }
        started = time.monotonic()
        code, found = looked(mx, settings)
        assert time.monotonic() - started < 15
    assert code == 1
    assert {"milter", "database", "portal", f"resolver {silent}"} <= set(states(found, "failed"))
    assert "no answer within 3 s" in found["milter"]["seen"]
    assert found["DQS key"]["state"] == "skipped"


def test_a_program_that_is_no_milter_fails_the_handshake(mx: MailExchanger) -> None:
    with pytest.raises(HandshakeFailed, match="is not a milter"):
        shake_hands(InetListen(mx.postfix.unfiltered, "127.0.0.1"), 3.0)


def test_a_trap_that_postfix_refuses_is_named_by_its_label(mx: MailExchanger) -> None:
    text = f"{TRAP} known\n{OTHER_TRAP} known\nforgotten@{DOMAIN} the forgotten page\n@{DOMAIN}x.com another shop\n"
    code, found = looked(mx, with_traps(mx, text))
    line = found["Postfix's recipients"]
    assert (code, line["state"]) == (1, "failed")
    assert line["seen"].startswith('Postfix refuses 2 of 4 traps, labelled "the forgotten page", "another shop"')
    assert "postmap /etc/postfix/trapline" in line["hint"]
    assert "virtual_alias_domains" in line["hint"]
    assert f"forgotten@{DOMAIN}" not in str(found)


def test_a_misspelt_kind_is_told_before_its_innocent_senders_are_reported(mx: MailExchanger) -> None:
    _, found = looked(mx, with_traps(mx, f"{TRAP} old shop recyled\n"))
    assert found["traps"]["state"] == "warning"
    assert 'is "recycled" meant?' in found["traps"]["seen"]


def test_a_catch_all_knows_every_trap(mx: MailExchanger) -> None:
    text = f"forgotten@{DOMAIN} x\nanna+*@{DOMAIN} y\n/shop[0-9]+@.*/ z\n"
    with postfix_setting(mx, virtual_alias_maps=f"inline:{{ {{@{DOMAIN} = trap@trapline.invalid}} }}"):
        _, found = looked(mx, with_traps(mx, text))
    line = found["Postfix's recipients"]
    assert line["state"] == "ok"
    assert "1 line stands for many" in line["seen"]
    assert "1 regular expression was not tried" in line["seen"]
    assert found["delivery to the fallback"]["state"] == "failed"
    assert found["delivery to the fallback"]["hint"] == f"sh {shipped('postfix', 'install')}, then: postfix reload"


def test_a_socket_that_postfix_can_not_connect_to_fails(mx: MailExchanger) -> None:
    mx.socket.chmod(0o600)
    _, found = looked(mx)
    mx.socket.chmod(0o660)
    line = found["milter's socket"]
    assert line["state"] == "failed"
    assert "postfix can't connect" in line["seen"]
    assert "chmod 2750" in line["hint"]


def test_mail_that_nobody_takes_in_is_told(mx: MailExchanger) -> None:
    failed = mx.spool_folder / ".failed" / "new"
    failed.mkdir(parents=True)
    (failed / "1").write_bytes(b"x")
    _, found = looked(mx)
    assert found["mail in the spool"]["state"] == "warning"
    assert "trapline retry" in found["mail in the spool"]["hint"]


def test_wrong_modes_say_which_user_is_in_whose_way(mx: MailExchanger) -> None:
    traps = mx.folder / "traps"
    traps.chmod(0o600)
    arguments = ("doctor", "--json", "--milter-user", "nobody", "--reporter-user", "root")
    found = lines(run(*arguments, config=mx.config, environ={"MAIL_CONFIG": f"{mx.postfix.folder}/etc"}))
    assert found[str(traps)]["state"] == "failed"
    assert found[str(traps)]["seen"] == f"nobody can't read {traps}: not permitted by {traps} (root:root, 0600)"
    assert f"chmod 0640 {traps}" in found[str(traps)]["hint"]


def test_a_host_without_our_users_is_told_to_make_them(mx: MailExchanger) -> None:
    done = run("doctor", "--json", "--milter-user", "no-such-user", config=mx.config)
    line = lines(done)["user no-such-user"]
    assert (done.code, line["state"]) == (1, "failed")
    assert "systemd-sysusers" in line["hint"]


def test_an_ordinary_user_is_told_what_he_may_not_see_and_nothing_wrong(mx: MailExchanger) -> None:
    make_store(mx)
    key, token = mx.folder / "key", mx.folder / "token"
    for file, secret in ((key, mx.dns.key), (token, mx.portal.token)):
        file.write_text(secret, encoding="utf-8")
        file.chmod(0o600)
    (mx.folder / "traps").chmod(0o640)
    (mx.folder / "trapline.db").chmod(0o600)
    with name_server(serving({})) as resolver:
        dqs = {"key": "", "key_file": str(key), "nameservers": [resolver]}
        mx.configure({"dqs": dqs, "spamhaus": {"token": "", "token_file": str(token)}})
        mx.config.chmod(0o644)
        done = as_an_ordinary_user("--config", str(mx.config), MAIL_CONFIG=f"{mx.postfix.folder}/etc")
    found = lines(done)
    assert states(found, "failed") == []
    for name in (
        "dqs.key",
        "spamhaus.token",
        "traps",
        "milter",
        "Postfix's recipients",
        "database",
        "portal",
        "DQS key",
    ):
        assert found[name]["state"] == "skipped", found[name]
        assert "root" in found[name]["seen"]
    assert done.code == 0


def test_a_configuration_that_an_ordinary_user_can_not_read_is_no_failure(tmp_path: Path) -> None:
    folder = Path("/tmp") / f"trapline-doctor-{os.getpid()}-{free_port()}"
    folder.mkdir(mode=0o700)
    try:
        done = as_an_ordinary_user("--config", str(folder / "trapline.toml"))
    finally:
        shutil.rmtree(folder)
    assert {line["state"] for line in lines(done).values()} == {"skipped"}
    assert done.code == 0
