"""Each zone can be switched, its codes chosen and its action set: seen by SMTP through a real Postfix."""

from typing import Any

import pytest

from tests.e2e.dialogue import Dialogue, send
from tests.e2e.messages import ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, TRAP, MailExchanger

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
ON_SBL = "11.0.0.2"
ON_AUTHBL = "11.0.6.20"
NEW = "hello@born-yesterday-shop.com"
PHISH = "news@phish-harbour.com"


def sent(mx: MailExchanger, client: str, sender: str, *recipients: str, **milter: Any) -> Dialogue:
    with mx.settings(milter), mx.client(client) as smtp:
        return send(smtp, sender, recipients or [ANNA], ordinary())


@pytest.mark.parametrize(
    ("zone", "client", "sender"),
    [("zen", ON_SBL, CARLA), ("dbl", STRANGER, PHISH), ("zrd", STRANGER, NEW), ("authbl", ON_AUTHBL, CARLA)],
)
@pytest.mark.parametrize(
    ("action", "answer"), [("reject", "550 5.7.1"), ("tempfail", "450 4.7.1"), ("tag", "250"), ("log", "250")]
)
def test_every_action_in_every_zone(
    mx: MailExchanger, zone: str, client: str, sender: str, action: str, answer: str
) -> None:
    mx.dns.add("authbl", ON_AUTHBL, "127.0.0.20")
    said = len(mx.milter_log())
    seen = sent(mx, client, sender, dqs={zone: {"action": action, "enabled": True}}).rcpt
    assert str(seen).startswith(answer)
    assert (f"Spamhaus {zone}" in seen.text) == (action in {"reject", "tempfail"})
    tags = [b"X-Spamhaus: " + zone.encode() in mail for mail in mx.mailbox(ANNA)]
    assert tags == ([] if answer != "250" else [action == "tag"])
    if action != "tag":
        (line,) = [line for line in mx.milter_log()[said:].splitlines() if f"zone={zone}, object=" in line]
        assert {"reject": "refused", "tempfail": "deferred", "log": "listed"}[action] in line


@pytest.mark.parametrize(
    ("zone", "client", "sender"), [("zen", ON_SBL, CARLA), ("dbl", STRANGER, PHISH), ("zrd", STRANGER, NEW)]
)
def test_a_zone_that_is_off_and_a_code_that_does_not_count_refuse_nobody(
    mx: MailExchanger, zone: str, client: str, sender: str
) -> None:
    assert sent(mx, client, sender, dqs={zone: {"enabled": False}}).accepted
    assert sent(mx, client, sender, dqs={zone: {"codes": [99]}}).accepted
    assert not sent(mx, client, sender).accepted


def test_authbl_is_not_asked_by_default(mx: MailExchanger) -> None:
    mx.dns.add("authbl", ON_AUTHBL, "127.0.0.20")
    with mx.client(ON_AUTHBL) as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted


def test_an_address_that_is_allowed_in_zen_alone_is_refused_for_the_domain_that_it_sends(mx: MailExchanger) -> None:
    allow = {"allow": {"addresses": ["11.0.0.0/24"], "skip": "zen"}}
    assert sent(mx, ON_SBL, CARLA, milter=allow).accepted
    assert sent(mx, ON_SBL, PHISH, milter=allow).rcpt.code == 550
    assert sent(mx, ON_SBL, PHISH, milter={"allow": {"addresses": ["11.0.0.0/24"]}}).accepted


def test_an_allowed_domain_exempts_no_client(mx: MailExchanger) -> None:
    allow = {"allow": {"domains": ["phish-harbour.com", ".born-yesterday-shop.com"]}}
    assert sent(mx, STRANGER, PHISH, milter=allow).accepted
    assert sent(mx, STRANGER, "x@mail.born-yesterday-shop.com", milter=allow).accepted
    assert sent(mx, STRANGER, "x@below.phish-harbour.com", milter=allow).rcpt.code == 550
    assert sent(mx, ON_SBL, PHISH, milter=allow).rcpt.code == 550


def test_a_trap_hit_by_an_allowed_address_is_kept_as_exempt_and_logged_loudly(mx: MailExchanger) -> None:
    said = len(mx.milter_log())
    with mx.settings({"milter": {"allow": {"addresses": [ON_SBL]}}}), mx.client(ON_SBL) as smtp:
        assert send(smtp, CARLA, [TRAP], spam()).accepted
        smtp.quit()
        (envelope,) = mx.envelopes()
    assert envelope["client"]["exempt"] is True
    assert "stolen account" in mx.milter_log()[said:]
    assert mx.report().code == 0
    assert mx.portal.submissions == []


@pytest.mark.parametrize("reject_at", ["rcpt", "earliest"])
@pytest.mark.parametrize("dqs", [{"mode": "shadow"}, {"zen": {"action": "log"}}])
def test_a_listing_without_effect_is_logged_once_for_each_message(
    mx: MailExchanger, reject_at: str, dqs: dict[str, Any]
) -> None:
    said = len(mx.milter_log())
    with mx.settings({"milter": {"reject_at": reject_at}, "dqs": dqs}), mx.client(ON_SBL) as smtp:
        assert send(smtp, CARLA, [ANNA, BERT], ordinary()).accepted
        assert send(smtp, CARLA, [BERT, TRAP], ordinary()).accepted
    stages = [line.rpartition("stage=")[2][:4] for line in mx.milter_log()[said:].splitlines() if "listed" in line]
    assert stages == ["MAIL" if reject_at == "earliest" else "RCPT"] * 2


def test_a_refusal_is_logged_for_each_recipient(mx: MailExchanger) -> None:
    said = len(mx.milter_log())
    with mx.client(ON_SBL) as smtp:
        smtp.mail(CARLA)
        assert [smtp.rcpt(name)[0] for name in (ANNA, BERT)] == [550, 550]
    assert mx.milter_log()[said:].count("refused") == 2


def test_at_earliest_who_authenticates_before_mail_is_not_refused(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"reject_at": "earliest"}}):
        with mx.client("11.0.0.10", login="bert") as smtp:
            assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        with mx.client("11.0.0.10") as smtp:
            assert smtp.ehlo_resp is not None, "neither connect nor HELO is refused: who is on the PBL may log in"
            assert smtp.mail(CARLA)[0] == 550
