"""From a folder on a real Dovecot to the portal: what a Junk folder and a honeypot lead to."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, landing_page, spam
from tests.servers.dovecot import Dovecot
from tests.servers.mail_exchanger import TRAP, MailExchanger

CLIENT = "11.0.1.7"
TRUST = '{ preset = "dovecot-postfix", servers = ["mx.provider-mail.com"] }'


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


@pytest.fixture
def user() -> str:
    return f"bert.{uuid4().hex}@provider-mail.com"


def received(message: bytes) -> bytes:
    """As the provider's server delivered it."""
    line = (
        f"Received: from mail.summit-pills-direct.com (unknown [{CLIENT}])\r\n"
        "\tby mx.provider-mail.com (Postfix) with ESMTP id 4B\r\n"
    )
    return line.encode() + message


def test_of_junk_links_and_a_sample_without_its_owner_are_submitted(
    mx: MailExchanger, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, received(spam(to=user)))
    taken = mx.read_mailboxes(dovecot.table(user, trust=TRUST))
    assert (taken.code, taken.last_line) == (0, "anna: 1 taken")
    assert mx.report().code == 0
    assert [url.removeprefix("http://") for url in mx.portal.objects("url")] == [landing_page().removeprefix("http://")]
    assert (mx.portal.objects("ip"), mx.portal.objects("domain")) == ([], [])
    (sample,) = mx.portal.objects("email")
    assert user not in sample
    assert {one.reason.partition(" on ")[0] for one in mx.portal.submissions} == {"In a mailbox's Junk folder"}


def test_the_client_of_junk_is_submitted_once_a_trap_saw_it_too(mx: MailExchanger, dovecot: Dovecot, user: str) -> None:
    with mx.client(CLIENT, helo="mail.summit-pills-direct.com") as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam(domain="glacier-watches-outlet.com")).accepted
    dovecot.deliver(user, received(spam(to=user)))
    mx.settle()
    mx.read_mailboxes(dovecot.table(user, trust=TRUST))
    assert mx.report().code == 0
    assert mx.portal.objects("ip") == [CLIENT]


def test_a_honeypots_mail_is_submitted_as_a_traps(mx: MailExchanger, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, received(spam(to=user)), "INBOX")
    taken = mx.read_mailboxes(dovecot.table(user, role='"honeypot"', trust=TRUST, label='"old account"'))
    assert (taken.code, taken.last_line) == (0, "anna: 1 taken")
    assert mx.report().code == 0
    assert mx.portal.objects("ip") == [CLIENT]
    assert mx.portal.objects("domain")
    assert all(one.reason.startswith("Spam trap hit (pristine) on ") for one in mx.portal.submissions)
