"""The reading commands tell what the servers really do: the same zones, the same words, the same decisions."""

import json

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAM_DOMAIN, SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger

CARLA = "carla@harbour-letters.com"


@pytest.mark.parametrize(
    ("client", "helo", "sender", "verdict"),
    [
        ("11.0.1.7", "mail.harbour-letters.com", CARLA, "accept"),
        ("11.0.0.9", "mail.harbour-letters.com", CARLA, "reject"),
        ("11.0.1.7", "mail.phish-harbour.com", CARLA, "reject"),
        ("11.0.1.7", "mail.harbour-letters.com", "a@born-yesterday-shop.com", "tempfail"),
    ],
)
def test_lookup_says_what_an_smtp_client_is_told(
    mx: MailExchanger, client: str, helo: str, sender: str, verdict: str
) -> None:
    with mx.client(client, helo=helo) as smtp:
        seen = send(smtp, sender, [ANNA], ordinary())
    run = mx.command("lookup", "--client", client, "--helo", helo, "--mail-from", sender, "--rcpt", ANNA, "--json")
    said = json.loads(run.stdout)
    assert said["verdict"] == verdict
    assert said["reply"] == (None if verdict == "accept" else str(seen.rcpt))
    assert run.code == (0 if verdict == "accept" else 1)
    assert mx.dns.key.lower() not in run.output.lower()


def test_lookup_names_a_trap_by_its_label(mx: MailExchanger) -> None:
    run = mx.command(
        "lookup", "--client", "11.0.0.2", "--helo", "h.com", "--mail-from", CARLA, "--rcpt", TRAP, "--json"
    )
    said = json.loads(run.stdout)
    assert (said["verdict"], said["trap"]) == ("trap", "web page, footer")


def test_extract_decides_as_the_reporter_does(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7", helo=f"mail.{SPAM_DOMAIN}") as smtp:
        send(smtp, SPAMMER, [TRAP], spam())
    (path,) = mx.spool()
    run = mx.command("extract", str(path), "--json")
    assert run.code == 0, run.output
    said = json.loads(run.stdout)
    assert (said["client_address"], said["mail_from"]) == ("11.0.1.7", SPAMMER)
    mx.report()
    assert len(mx.portal.objects("email")) == sum(item["decision"] == "report" for item in said["emails"]) == 1
    for kind in ("ip", "domain", "url"):
        to_be_reported = {item["value"] for item in said[f"{kind}s"] if item["decision"] == "report"}
        assert to_be_reported == set(mx.portal.objects(kind))


def test_the_configuration_of_the_tests_is_a_good_one(mx: MailExchanger) -> None:
    run = mx.command("config", "check")
    assert run.code == 0, run.output
    assert mx.dns.key not in run.output
    assert mx.portal.token not in run.output
