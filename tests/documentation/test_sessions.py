"""Sessions that the pages show, command and output, as they go on real servers."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_blocklist import in_process
from tests.documentation.shape import missing
from tests.documentation.snippets import snippet
from tests.filters.messages import GTUBE, HAM, advertising, mail
from tests.mailboxes.scanned import Anna
from tests.reporter.caught import Place
from tests.servers.dovecot import Dovecot
from tests.servers.spamd import Spamd


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def printed_of(session: str) -> str:
    """What a session shows, without its commands."""
    return "\n".join(line for line in session.splitlines() if not line.startswith("$ "))


def test_mailboxes_says_what_it_would_take(dovecot: Dovecot, tmp_path: Path) -> None:
    anna = Anna(dovecot, "127.0.0.1:9", tmp_path)
    anna.gets(HAM, folder=Dovecot.JUNK)
    done = in_process("mailboxes", "--dry-run", config=anna.config)
    shown = printed_of(snippet("docs/mailboxes.md", "$ trapline mailboxes --dry-run"))
    assert missing(shown.replace("[Gmail]/Spam", Dovecot.JUNK), done.stdout) == [], done.output


def test_scan_says_what_it_did(dovecot: Dovecot, spamd: Spamd, tmp_path: Path) -> None:
    shown = snippet("docs/mailboxes.md", "$ trapline scan anna --move --certain remove")
    anna = Anna(dovecot, spamd.address, tmp_path)
    anna.configure("spam_score = 2.5", "certain_score = 100.0", 'learn_ham = "Teach/Ham"')
    pills = re.sub(rb"From: .*", rb"From: Pills, Inc. <news@pills.example>", mail(b"Buy", b"Buy now"), count=1)
    pills = re.sub(rb"\r\n(Date|To|Message-ID): .*", b"", pills)  # spamd's own rules give points for each
    bot = re.sub(rb"From: .*\r", rb"From: bot <x@botnet.example>\r", mail(GTUBE, b"hello"), count=1)
    anna.gets(HAM, pills, bot)
    anna.creates("Teach/Ham")
    anna.gets(advertising(201), advertising(202), folder="Teach/Ham")
    done = anna.scan("--move", "--certain", "remove")
    assert missing(printed_of(shown), done.stdout) == [], done.stdout


def test_retry_says_why_mail_is_put_aside_and_puts_it_back(tmp_path: Path) -> None:
    session = snippet("docs/reporting.md", "$ trapline retry")
    place = Place(tmp_path)
    (place.folder / "traps").write_text("another@trap-mx.com other\n")
    name = "1732190280.V802I1f3M1.mx1"
    place.fall_back(name=name)
    place.once(None)
    config = place.folder / "trapline.toml"
    config.write_text(
        f'[spool]\ndirectory = "{place.folder}/spool"\n[store]\nurl = "{place.url}"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n'
    )
    printed = in_process("retry", config=config).stdout + in_process("retry", name, config=config).stdout
    assert f"$ trapline retry {name}{os.linesep}" in session
    assert missing(printed_of(session), printed.replace(str(place.folder), "/var/mail")) == []
