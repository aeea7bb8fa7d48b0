"""A zone beside Spamhaus's, served by a real rbldnsd, as senders meet it through a real Postfix."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.dialogue import Dialogue, send
from tests.e2e.messages import ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.processes import until
from tests.servers.rbldnsd import OFFICE

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.31"
SPAMMER = "11.0.1.32"
LINK = "https://lists.harbour-office.com/why?{object}"
ZONE: dict[str, Any] = {"domain": OFFICE, "action": "tempfail", "reject_codes": [3], "link": LINK}


@contextmanager
def asking(mx: MailExchanger, zone: dict[str, Any], **settings: Any) -> Iterator[None]:
    with mx.settings({"zones": {"office": ZONE | zone}} | settings):
        yield


def mail_from(mx: MailExchanger, client: str, sender: str = CARLA) -> Dialogue:
    with mx.client(client) as smtp:
        return send(smtp, sender, [ANNA], ordinary())


def test_its_codes_lead_to_450_and_550_and_its_negative_answers_hold_as_long_as_its_soa_says(mx: MailExchanger) -> None:
    with asking(mx, {}), mx.client(SPAMMER) as smtp:

        def answer() -> int:
            return send(smtp, CARLA, [ANNA], ordinary()).rcpt.code

        assert answer() == 250
        mx.dns.add("office", SPAMMER, "127.0.0.2")
        try:
            until("the new listing to count in the open session", lambda: answer() == 450)
            assert f"[{SPAMMER}] is listed in office; see https://lists.harbour-office.com/why?{SPAMMER}" in (
                mail_from(mx, SPAMMER).rcpt.text
            )
            mx.dns.add("office", SPAMMER, "127.0.0.2", "127.0.0.3")
            until("the repeated one to count", lambda: answer() == 550)
            assert send(smtp, CARLA, [TRAP], spam()).rcpt.code == 550, "a trap is refused as the person was"
        finally:
            mx.dns.remove("office", SPAMMER)
        assert mail_from(mx, STRANGER).accepted
    assert OFFICE not in mx.milter_log()


def test_in_shadow_mode_it_is_logged_and_refuses_nobody_and_an_exempt_client_is_not_asked_about(
    mx: MailExchanger,
) -> None:
    mx.dns.add("office", "11.0.1.32/31", "127.0.0.3")
    try:
        exempt = {"milter": {"exempt": {"networks": ["127.0.0.0/8", "11.0.1.33/32"]}}}
        with asking(mx, {}, dqs={"mode": "shadow"}, **exempt):
            said = len(mx.milter_log())
            assert mail_from(mx, SPAMMER).accepted
            assert mail_from(mx, "11.0.1.33").accepted
            log = mx.milter_log()[said:]
    finally:
        mx.dns.remove("office", "11.0.1.32/31")
    assert "zone=office" in log
    assert "would=reject" in log
    assert "11.0.1.33" not in log


def test_a_zone_of_domains_that_lists_the_world_is_left_out(mx: MailExchanger) -> None:
    mx.dns.add("office", "invalid", "127.0.0.3")
    try:
        with asking(mx, {"asks": ["helo", "mail_from"]}):
            mx.milter.wait_for_output('zone left out zone=office, why="it lists invalid, which it must not')
            assert mail_from(mx, STRANGER).accepted
    finally:
        mx.dns.remove("office", "invalid")
