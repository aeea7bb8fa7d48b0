"""A spammer who tries addresses one by one must not learn which are traps (design.md, "How one message flows", 2)."""

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


def test_as_others_refuses_a_listed_client_at_a_trap_from_the_start(mx: MailExchanger) -> None:
    with mx.settings({"traps": {"listed_clients": "as_others"}}):
        with mx.client(ON_SBL) as smtp:
            seen = send(smtp, SPAMMER, [TRAP], spam())
        (envelope,) = mx.envelopes()
    assert seen.rcpt.code == 550
    assert envelope["bodiless"] is True


def test_an_unknown_recipient_is_refused_by_postfix_as_ever(mx: MailExchanger) -> None:
    with mx.client("11.0.1.7") as smtp:
        seen = send(smtp, SPAMMER, ["nobody-here@quayside-mail.com", TRAP], spam())
    assert [reply.code for reply in seen.rcpts] == [550, 250]
    (envelope,) = mx.envelopes()
    assert [recipient["address"] for recipient in envelope["recipients"]] == [TRAP]
