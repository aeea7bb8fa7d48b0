"""`trapline mailboxes` as systemd sees it: a real process, a real socket, and what it is told there."""

import signal
from pathlib import Path

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.service_manager import ServiceManager
from tests.servers.trapline_process import Daemon


def test_mailboxes_say_which_one_fails_and_look_again_at_a_reload(dovecot: Dovecot, tmp_path: Path) -> None:
    config, password = tmp_path / "trapline.toml", tmp_path / "password"
    password.write_text("wrong")
    password.chmod(0o600)
    (tmp_path / "spool").mkdir()
    config.write_text(
        f'spool.directory = "{tmp_path}/spool"\nmailbox_state.directory = "{tmp_path}/state"\n[[mailboxes]]\n'
        f'name = "anna"\nrole = "junk"\nhost = "localhost"\nport = {dovecot.imaps}\nuser = "reload@harbour-mail.com"\n'
        f'ca_file = "{dovecot.certificates.authority}"\npassword_file = "{password}"\n'
    )
    mailboxes = Daemon(["mailboxes"], config, tmp_path / "log")
    with ServiceManager(tmp_path, watchdog_seconds=4) as systemd:
        mailboxes.start(systemd.environ)
        try:
            systemd.wait_for("READY=1")
            systemd.wait_for("STATUS=Mailboxes: 1; failing, see the log: anna")
            systemd.forget()
            password.write_text(PASSWORD)  # after a refused login the next try is minutes away
            mailboxes.signal(signal.SIGHUP)
            systemd.wait_for("RELOADING=1")
            systemd.wait_for("STATUS=Mailboxes: 1")
            assert "mailbox back mailbox=anna" in mailboxes.output()
            assert "WATCHDOG=1" in systemd.told()
        finally:
            assert mailboxes.stop() == 0
        assert systemd.told()[-1] == "STOPPING=1"
