"""What an administrator does after the installation, and what has to work then: the same for both ways to install."""

import json
from pathlib import Path

from tests.container.container import Container
from tests.container.world import JUNK_OWNER, World
from tests.servers.processes import until

DOMAIN = "quayside-mail.com"
TRAP, ANNA = f"info-2019@{DOMAIN}", f"anna@{DOMAIN}"
STRANGER, LISTED = "11.0.1.7", "11.0.0.3"
DAEMONS = ("trapline-milter", "trapline-reporter", "trapline-mailboxes")
SECONDS = 60.0


def set_up(container: Container, world: World, postfix_install: str) -> None:
    """Keys, settings, traps and Postfix; nothing is started."""
    facts = world.facts
    etc = container.root / "etc/trapline"
    (etc / "dqs.key").write_text(facts["key"] + "\n")
    (etc / "spamhaus.token").write_text(facts["token"] + "\n")
    (etc / "mailboxes/anna").write_text(facts["password"] + "\n")
    (etc / "mailboxes/anna").chmod(0o600)
    (etc / "authority.pem").write_text(facts["authority"])
    change(
        etc / "trapline.toml",
        ('nameservers = ["127.0.0.1"]', f'nameservers = ["{facts["nameserver"]}"]'),
        ('api = "https://submit.spamhaus.org/portal/api/v1"', f'api = "{facts["portal"]}"'),
        ("per_minute = 15", "per_minute = 60000"),
    )
    _disable(etc / "trapline.toml", "large_senders", "ripe_stat")  # what is outside there is no stand-in for
    with (etc / "trapline.toml").open("a") as config:
        config.write(
            f'\n[[mailboxes]]\nname = "anna"\nrole = "junk"\nhost = "localhost"\nport = {facts["imaps"]}\n'
            f'user = "{JUNK_OWNER}"\nca_file = "/etc/trapline/authority.pem"\n[mailboxes.scan]\nscanners = ["zones"]\n'
        )
    container.run("trapline", "traps", "add", TRAP, "--label", "web page, footer")
    container.shell(
        f"""
        postconf -e 'mydestination = {DOMAIN}' 'local_recipient_maps =' 'luser_relay = root' 'inet_protocols = ipv4' \
            'smtpd_authorized_xclient_hosts = static:all' 'alias_maps ='
        echo '{TRAP}  trap@trapline.invalid' >>/etc/postfix/trapline
        chmod 640 /etc/postfix/trapline
        postmap /etc/postfix/trapline
        sh {postfix_install}
        trapline config check
        """
    )


def start(container: Container) -> None:
    """As install says it, with Postfix."""
    container.run("systemctl", "enable", *DAEMONS)
    container.run("systemctl", "restart", *DAEMONS, "postfix")


def check(container: Container, world: World) -> None:
    """Each daemon runs under its unit; mail is refused, caught, reported, seen with journalctl; the doctor is well."""
    for unit in DAEMONS:
        assert container.active(unit), container.run("journalctl", "--no-pager", "-u", unit)
        assert container.property(unit, "Type") == "notify"
        assert container.property(unit, "StatusText"), unit
    policy = container.run("chrt", "--pid", container.property("trapline-milter", "MainPID"))
    assert "SCHED_BATCH" in policy, "the unit does not let the milter's threads take turns"
    until(
        "the zones to be well", lambda: container.journal("TRAPLINE_EVENT=zone-well").count("zone well") == 3, SECONDS
    )

    code, text = world.mail(LISTED, ANNA)
    assert (code, "zen" in text) == (550, True), text
    assert "refused" in container.journal("TRAPLINE_EVENT=refused", f"CLIENT_ADDRESS={LISTED}")

    code, text = world.mail(STRANGER, TRAP)
    assert code == 250, text
    assert 'label="web page, footer"' in container.journal(
        "TRAPLINE_EVENT=trapped", "_SYSTEMD_UNIT=trapline-milter.service"
    )
    until("the report", lambda: {"ip", "email"} <= {kind for kind, _, _ in world.submissions()}, SECONDS)
    until("its line in the log", lambda: container.journal("TRAPLINE_EVENT=submission"), SECONDS)

    refused = json.loads(container.run("trapline", "report", "--json", "--journal"))["refused"]
    assert [(one["zone"], one["recipients"]) for one in refused] == [("zen", 1)]

    world.junk()
    until("the Junk folder to be read", lambda: container.journal("TRAPLINE_EVENT=mailbox-taken"), SECONDS)
    container.run("systemctl", "start", "trapline-scan@anna.service")
    container.run("systemctl", "start", "trapline-scan@anna.timer")

    for unit in DAEMONS:
        container.run("systemctl", "reload", unit)
        assert container.active(unit)
        assert container.property(unit, "NRestarts") == "0"
    doctor = container.outcome("trapline", "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    failed = container.run("systemctl", "list-units", "--state=failed", "--no-legend", "trapline*")
    assert failed == "", failed


def change(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts of the file, each of which has to be there."""
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)


def _disable(path: Path, *sections: str) -> None:
    text = path.read_text()
    for section in sections:
        before, head, after = text.partition(f"\n[{section}]")
        assert head, section
        text = before + head + after.replace("enabled = true", "enabled = false", 1)
    path.write_text(text)
