"""A spammer who tries addresses one by one must not learn which are traps (design.md, "How one message flows", 2)."""

import smtplib

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, spam
from tests.servers.mail_exchanger import ANNA, BERT, OTHER_TRAP, TRAP, MailExchanger

ON_SBL = "11.0.0.2"


def test_once_a_person_was_refused_traps_get_the_same_refusal(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        seen = send(smtp, SPAMMER, [ANNA, TRAP, BERT, OTHER_TRAP], spam())
    assert {reply.code for reply in seen.rcpts} == {550}
    assert (
        len(
            {
                reply.text.replace(address, "ADDRESS")
                for reply, address in zip(seen.rcpts, [ANNA, TRAP, BERT, OTHER_TRAP], strict=True)
            }
        )
        == 1
    )


def test_that_holds_for_later_messages_of_the_connection(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        send(smtp, SPAMMER, [ANNA], spam())
        assert send(smtp, SPAMMER, [TRAP], spam()).rcpt.code == 550


def test_the_refused_hit_is_kept_as_an_envelope_alone(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        send(smtp, SPAMMER, [ANNA, TRAP], spam())
    (envelope,) = mx.envelopes()
    assert envelope["bodiless"] is True
    assert [recipient["address"] for recipient in envelope["recipients"]] == [TRAP]
    assert b"Summit Pills" not in mx.spool()[0].read_bytes()


def test_a_trap_before_any_person_is_accepted_and_its_mail_caught(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        seen = send(smtp, SPAMMER, [TRAP, ANNA], spam())
    assert [reply.code for reply in seen.rcpts] == [250, 550]
    assert seen.data is not None
    assert seen.data.code == 250
    assert mx.mailbox(ANNA) == []
    (envelope,) = mx.envelopes()
    assert [recipient["address"] for recipient in envelope["recipients"]] == [TRAP]
    assert mx.spool()[0].read_bytes().endswith(spam())


def test_a_new_domain_defers_people_and_then_traps_alike(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7") as smtp:
        seen = send(smtp, "hello@born-yesterday-shop.com", [ANNA, TRAP], spam())
    assert [(reply.code, reply.text[:5]) for reply in seen.rcpts] == [(450, "4.7.1")] * 2


def test_a_deferral_holds_for_later_messages_of_the_connection_too(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7") as smtp:
        person = send(smtp, "hello@born-yesterday-shop.com", [ANNA], spam()).rcpt
        smtp.rset()
        smtp.noop()
        smtp.ehlo("mail.some-sender.com")
        trap = send(smtp, "other@born-yesterday-shop.com", [TRAP], spam()).rcpt
    assert person.code == trap.code == 450
    assert str(person) == str(trap)


def test_a_message_that_no_zone_objects_to_is_accepted_for_person_and_trap_after_a_refusal(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7") as smtp:
        assert send(smtp, "news@phish-harbour.com", [ANNA], spam()).rcpt.code == 550
        seen = send(smtp, SPAMMER, [ANNA, TRAP], spam())
    assert [str(reply) for reply in seen.rcpts] == ["250 2.1.5 Ok"] * 2


@pytest.mark.parametrize(("client", "sender"), [(ON_SBL, SPAMMER), ("11.0.1.7", "hello@born-yesterday-shop.com")])
def test_at_earliest_nobody_can_sort_since_every_message_is_refused_at_mail(
    mx: MailExchanger, client: str, sender: str
) -> None:
    with mx.settings({"milter": {"reject_at": "earliest"}}), mx.client(client) as smtp:
        first = smtp.mail(sender)
        recipients = [smtp.rcpt(address) for address in (ANNA, TRAP)]
        assert smtp.mail(sender) == first
        clean = send(smtp, "", [TRAP, ANNA], spam()) if client != ON_SBL else None
    assert first[0] in {450, 550}
    assert recipients[0] == recipients[1]
    assert recipients[0][0] == 503
    assert clean is None or [reply.code for reply in clean.rcpts] == [250, 250]


def test_as_others_gives_a_deferred_client_the_same_answer_for_trap_and_person(mx: MailExchanger) -> None:
    with mx.settings({"traps": {"listed_clients": "as_others"}}), mx.client("11.0.1.7") as smtp:
        seen = send(smtp, "hello@born-yesterday-shop.com", [TRAP, ANNA, OTHER_TRAP], spam())
    assert {str(reply) for reply in seen.rcpts} == {str(seen.rcpts[0])}
    assert seen.rcpts[0].code == 450


@pytest.mark.parametrize("command", ["VRFY {}", "EXPN {}", "RCPT TO:<{}> NOTIFY=SUCCESS", "RCPT TO:<{}> NOTIFY=NEVER"])
def test_other_commands_tell_nothing_either(mx: MailExchanger, command: str) -> None:
    with mx.client("11.0.1.7") as smtp:
        smtp.mail(SPAMMER)
        person, trap = (smtp.docmd(command.format(address)) for address in (ANNA, TRAP))
    assert person[0] == trap[0]
    assert person[1].replace(ANNA.encode(), b"X") == trap[1].replace(TRAP.encode(), b"X")


@pytest.mark.parametrize("option", ["SIZE=30000001", "SIZE=1000", "BODY=8BITMIME", "SMTPUTF8", "RET=HDRS", "BODY=NO"])
def test_the_parameters_of_mail_tell_nothing_either(mx: MailExchanger, option: str) -> None:
    with mx.client("11.0.1.7") as smtp:
        person, trap = (_codes(smtp, address, option) for address in (ANNA, TRAP))
    assert person == trap


@pytest.mark.parametrize(
    "message", [b"\n", b"no header\n", b"X" * 2000 + b"\n", b"A: \0\n\n\0\n", b"Received: x\n" * 60]
)
def test_odd_messages_tell_nothing_either(mx: MailExchanger, message: bytes) -> None:
    with mx.client("11.0.1.7") as smtp:
        person, trap = (send(smtp, SPAMMER, [address], message).data for address in (ANNA, TRAP))
    assert person is not None
    assert trap is not None
    assert (person.code, person.text.split()[:3]) == (trap.code, trap.text.split()[:3])


def test_too_large_a_message_is_refused_alike(mx: MailExchanger) -> None:
    message = spam() + (b"A" * 76 + b"\n") * (30_100_000 // 77)
    with mx.client("11.0.1.7") as smtp:
        person, trap = (send(smtp, SPAMMER, [address], message).data for address in (ANNA, TRAP))
    assert str(person) == str(trap)
    assert mx.spool() == []


def test_more_recipients_than_postfix_takes_are_refused_alike(mx: MailExchanger) -> None:
    def codes(address: str) -> list[int]:
        with mx.client("11.0.1.7") as smtp:
            smtp.mail(SPAMMER)
            return [smtp.rcpt(address)[0] for _ in range(1003)][-5:]

    assert codes(ANNA) == codes(TRAP)


def _codes(smtp: smtplib.SMTP, address: str, option: str) -> list[tuple[int, bytes]]:
    mail = smtp.mail(SPAMMER, [option])
    rcpt = smtp.rcpt(address)
    smtp.rset()
    return [mail, rcpt]


def test_as_others_refuses_a_listed_client_at_a_trap_from_the_start(mx: MailExchanger) -> None:
    with mx.settings({"traps": {"listed_clients": "as_others"}}):
        with mx.client(ON_SBL) as smtp:
            seen = send(smtp, SPAMMER, [TRAP], spam())
        (envelope,) = mx.envelopes()
    assert seen.rcpt.code == 550
    assert envelope["bodiless"] is True


def test_as_others_tells_nothing_either_to_who_comes_anew_for_each_address(mx: MailExchanger) -> None:
    def answers(address: str) -> list[str]:
        seen = []
        for sender in (SPAMMER, "news@phish-harbour.com"):
            with mx.client(ON_SBL if sender == SPAMMER else "11.0.1.7") as smtp:
                seen.append(str(send(smtp, sender, [address], spam()).rcpt))
        return seen

    assert answers(ANNA)[0].startswith("550")
    assert answers(TRAP)[0].startswith("250"), "else docs/traps.md is out of date"
    with mx.settings({"traps": {"listed_clients": "as_others"}}):
        assert answers(ANNA) == answers(TRAP)


def test_an_unknown_recipient_is_refused_by_postfix_as_ever(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7") as smtp:
        seen = send(smtp, SPAMMER, ["nobody-here@quayside-mail.com", TRAP], spam())
    assert [reply.code for reply in seen.rcpts] == [550, 250]
    (envelope,) = mx.envelopes()
    assert [recipient["address"] for recipient in envelope["recipients"]] == [TRAP]
