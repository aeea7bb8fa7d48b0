"""Mail to traps, by SMTP through a real Postfix: what the sender sees, what is caught, and that nobody gets it."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, OTHER_TRAP, TRAP, MailExchanger
from tests.servers.postfix import DOMAIN, HOST, Postfix
from tests.servers.processes import until

STRANGER = "11.0.1.7"  # listed nowhere
ON_SBL = "11.0.0.2"


def test_mail_to_a_trap_is_accepted_caught_and_discarded(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com") as smtp:
        seen = send(smtp, SPAMMER, [TRAP], spam())
    assert seen.accepted
    assert len(mx.spool()) == 1
    assert mx.postfix.fallen_back() == []
    assert "milter-discard" in mx.postfix.log()


def test_the_reply_to_a_trap_is_the_reply_to_a_person(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        person, trap = (send(smtp, SPAMMER, [address], spam()) for address in (ANNA, TRAP))
    assert str(person.rcpt) == str(trap.rcpt)
    assert person.data is not None
    assert trap.data is not None
    assert person.data.text.split()[:3] == trap.data.text.split()[:3] == ["2.0.0", "Ok:", "queued"]


def test_the_envelope_says_what_was_seen_of_the_transaction(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com", name="mail.summit-pills-direct.com") as smtp:
        send(smtp, SPAMMER, [TRAP], spam())
    (envelope,) = mx.envelopes()
    assert envelope["source"] == "milter"
    assert envelope["client"]["address"] == STRANGER
    assert envelope["client"]["name"] == "mail.summit-pills-direct.com"
    assert (envelope["client"]["authenticated"], envelope["client"]["exempt"]) == (False, False)
    assert (envelope["helo"], envelope["mail_from"]) == ("mail.summit-pills-direct.com", SPAMMER)
    assert envelope["recipients"] == [{"address": TRAP, "trap": True, "label": "web page, footer", "kind": "pristine"}]
    assert envelope["listings"] == []
    assert envelope["unanswered"] == []
    assert envelope["queue_id"] in mx.postfix.log()


def test_a_listed_client_reaches_a_trap_and_its_listing_is_kept(mx: MailExchanger) -> None:
    with mx.client("11.0.0.9", helo="mail.pillpalace-offers.com") as smtp:
        assert send(smtp, "news@pillpalace-offers.com", [TRAP], spam()).accepted
    (envelope,) = mx.envelopes()
    said = {(listing["zone"], listing["object"]): listing["codes"] for listing in envelope["listings"]}
    assert said["zen", "11.0.0.9"] == ["127.0.0.2", "127.0.0.9"]
    assert said["dbl", "pillpalace-offers.com"] == ["127.0.1.2"]


def test_the_message_in_the_spool_is_the_message_that_was_sent(mx: MailExchanger) -> None:
    message = spam() + b"..dots\n.\nlong " + b"x" * 900 + b"\n\ttab\n8-bit \xc3\xbc \xff\n"
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP], message, ["BODY=8BITMIME"]).accepted
    (path,) = mx.spool()
    raw = path.read_bytes()
    assert raw.endswith(b"\n" + message)
    assert b"\r" not in raw
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_block_on_top_shows_a_reader_where_the_message_came_from(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com") as smtp:
        send(smtp, SPAMMER, [TRAP], spam())
    (path,) = mx.spool()
    head = path.read_bytes().removesuffix(spam()).decode()
    assert head.startswith(
        f"Return-Path: <{SPAMMER}>\nDelivered-To: {TRAP}\nReceived: from mail.summit-pills-direct.com"
    )
    assert f"[{STRANGER}]" in head
    assert "Trapline-Envelope: {" in head


def test_the_received_line_names_the_host_that_postfix_names(mx: MailExchanger) -> None:
    """Else our own line in a sample is no line of `reporter.receivers`, and says a host that no one knows."""
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [TRAP], spam())
    (path,) = mx.spool()
    assert f"by {HOST} (trapline)".encode() in path.read_bytes()


def test_a_person_and_a_trap_at_once_the_person_gets_it_unmarked(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP, ANNA, OTHER_TRAP], spam()).accepted
    (received,) = mx.mailbox(ANNA)
    top, _, rest = received.partition(b'\nFrom: "Summit Pills"')
    assert [line.split(b":")[0] for line in top.split(b"\n") if not line.startswith(b"\t")] == [
        b"Return-Path",
        b"X-Original-To",
        b"Delivered-To",
        b"Received",
    ]
    assert b'From: "Summit Pills"' + rest == spam()
    assert TRAP.encode() not in received
    assert b"trapline" not in received.lower().replace(b"/tmp/trapline", b"")
    assert mx.postfix.fallen_back() == []


def test_a_person_and_a_trap_at_once_is_caught_as_mixed(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [TRAP, ANNA], spam())
    (envelope,) = mx.envelopes()
    assert [(recipient["address"], recipient["trap"]) for recipient in envelope["recipients"]] == [
        (TRAP, True),
        (ANNA, False),
    ]


def test_a_mixed_message_that_configuration_discards_reaches_nobody(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"mixed_recipients": "discard"}}), mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP, ANNA], spam()).accepted
    assert mx.mailbox(ANNA) == []
    assert mx.postfix.fallen_back() == []
    assert len(mx.spool()) == 1


@pytest.mark.parametrize("written", [TRAP.upper(), f'"{TRAP.split("@")[0]}"@{DOMAIN}'])
def test_a_trap_is_known_however_it_is_written(mx: MailExchanger, written: str) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [written], spam()).accepted
    (envelope,) = mx.envelopes()
    assert envelope["recipients"][0]["trap"] is True
    assert mx.postfix.fallen_back() == []


def test_the_same_trap_twice_in_mixed_mail_is_stripped_both_times(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP, TRAP.upper(), ANNA], spam()).accepted
    assert len(mx.mailbox(ANNA)) == 1
    assert mx.postfix.fallen_back() == []


def test_a_null_sender_is_kept_as_such(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, "", [TRAP], spam()).accepted
    (envelope,) = mx.envelopes()
    assert envelope["mail_from"] == ""
    assert mx.spool()[0].read_bytes().startswith(b"Return-Path: <>\n")


def test_smtputf8_mail_is_caught_with_its_letters(mx: MailExchanger) -> None:
    message = spam("Für Sie: Käse").replace(b"\nTo: ", "\nReply-To: käse@käsehaus-angebote.com\nTo: ".encode())
    with mx.client(STRANGER) as smtp:
        smtp.command_encoding = "utf-8"
        assert send(smtp, "käse@käsehaus-angebote.com", [TRAP], message, ["SMTPUTF8", "BODY=8BITMIME"]).accepted
    (envelope,) = mx.envelopes()
    assert envelope["mail_from"] == "käse@käsehaus-angebote.com"
    assert mx.spool()[0].read_bytes().endswith(message)


def test_twelve_megabytes_to_a_trap_are_caught_whole(mx: MailExchanger) -> None:
    message = spam() + b"0123456789abcdef" * 4 * 2 + b"\n"
    message += (b"A" * 76 + b"\n") * (12_000_000 // 77)
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP], message).accepted
    (path,) = mx.spool()
    assert path.read_bytes().endswith(message)
    assert mx.spool("tmp") == []


def test_a_header_that_looks_like_our_tag_is_left_alone_where_nothing_is_tagged(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP, ANNA], b"X-Spamhaus: none\n" + spam()).accepted
    assert len(mx.envelopes()) == 1
    (message,) = mx.mailbox(ANNA)
    assert b"X-Spamhaus: none" in message


def test_a_trap_hit_by_an_authenticated_client_is_kept_and_logged_loudly(mx: MailExchanger) -> None:
    with mx.client("11.0.1.9", login="anna") as smtp:
        assert send(smtp, ANNA, [TRAP], ordinary()).accepted
    (envelope,) = mx.envelopes()
    assert envelope["client"]["authenticated"] is True
    (line,) = [line for line in mx.milter_log().splitlines() if envelope["id"] in line]
    assert "stolen account" in line
    assert "web page, footer" in line
    assert TRAP not in line


def test_a_trap_hit_by_a_stolen_account_is_logged_loudly_even_where_login_exempts_nobody(mx: MailExchanger) -> None:
    said = len(mx.milter_log())
    with mx.settings({"milter": {"exempt": {"authenticated": False}}}), mx.client(STRANGER, login="anna") as smtp:
        assert send(smtp, ANNA, [TRAP], ordinary()).accepted
        smtp.quit()
        mx.settle()
    assert "stolen account" in mx.milter_log()[said:]


def test_an_ipv6_clients_hit_is_kept_with_its_address(mx: MailExchanger) -> None:
    with mx.client("2e00::25") as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
    (envelope,) = mx.envelopes()
    assert envelope["client"]["address"] == "2e00::25"
    assert [(said["zone"], said["object"]) for said in envelope["listings"]] == [("zen", "2e00::25")]
    assert b"[IPv6:2e00::25]" in mx.spool()[0].read_bytes()


def test_a_trap_address_and_the_key_are_never_logged(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        send(smtp, SPAMMER, [TRAP, ANNA], spam())
        send(smtp, SPAMMER, [TRAP], spam())
    log = mx.milter_log().lower()
    assert TRAP not in log
    assert mx.dns.key.lower() not in log


def test_two_messages_in_one_session_leave_nothing_to_each_other(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [TRAP], spam("first"))
        send(smtp, "carla@harbour-letters.com", [ANNA], ordinary())
        smtp.mail("dropped@summit-pills-direct.com")
        smtp.rcpt(OTHER_TRAP)
        smtp.rset()
        send(smtp, "second@summit-pills-direct.com", [OTHER_TRAP], spam("second"))
    first, second = mx.envelopes()
    assert (first["mail_from"], second["mail_from"]) == (SPAMMER, "second@summit-pills-direct.com")
    assert [recipient["address"] for recipient in second["recipients"]] == [OTHER_TRAP]
    assert len(mx.mailbox(ANNA)) == 1


def test_a_trap_that_is_added_is_known_after_sighup(mx: MailExchanger) -> None:
    mx.write_traps(mx.traps | {BERT: "left the company recycled"})
    mx.milter.signal(signal.SIGHUP)

    def caught() -> bool:
        with mx.client(STRANGER) as smtp:
            send(smtp, SPAMMER, [BERT], spam())
        return bool(mx.spool())

    until("the new trap to be known", caught)
    assert mx.envelopes()[0]["recipients"][0]["kind"] == "recycled"


def test_a_trap_file_with_an_error_leaves_the_old_traps_in_force(mx: MailExchanger) -> None:
    mx.write_traps({"no-at-sign": "label", BERT: "never in force"})
    mx.milter.signal(signal.SIGHUP)
    mx.milter.wait_for_output("traps:2:")
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [TRAP], spam())
        send(smtp, SPAMMER, [BERT], spam())
    assert len(mx.spool()) == 1
    assert len(mx.mailbox(BERT)) == 1


def test_many_sessions_at_once_are_caught_once_each(mx: MailExchanger) -> None:
    def one(number: int) -> bool:
        with mx.client(f"11.0.1.{number}") as smtp:
            recipients = [TRAP, ANNA] if number % 2 else [TRAP]
            return send(smtp, f"news{number}@summit-pills-direct.com", recipients, spam(f"number {number}")).accepted

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(one, range(40)))
    assert {envelope["mail_from"] for envelope in mx.envelopes()} == {
        f"news{number}@summit-pills-direct.com" for number in range(40)
    }
    assert len(mx.spool()) == 40
    assert len(mx.mailbox(ANNA)) == 20


def test_a_helo_that_is_no_utf8_is_no_reason_to_refuse_or_to_miss(mx: MailExchanger) -> None:
    """It reaches a milter only where Postfix has SMTPUTF8 off, and stock pymilter then answers 451 to all."""
    without = Postfix(traps=[TRAP], milters=f"unix:{mx.socket}", settings={"smtputf8_enable": "no"})
    with without as postfix, postfix.client(STRANGER, helo="first.com") as smtp:
        assert smtp.sock is not None
        smtp.sock.sendall(b"EHLO m\xfcller.summit-pills-direct.com\r\n")
        assert smtp.getreply()[0] == 250
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
        assert postfix.fallen_back() == []
    assert len(mx.spool()) == 1


def test_a_connection_lost_in_mid_message_leaves_nothing(mx: MailExchanger) -> None:
    smtp = mx.client(STRANGER)
    smtp.mail(SPAMMER)
    smtp.rcpt(TRAP)
    smtp.docmd("DATA")
    smtp.send(b"Subject: half a")
    smtp.close()
    mx.postfix.wait_for_log(
        r"lost connection after DATA \(0 bytes\) from unknown\[11\.0\.1\.7\]|lost connection after DATA"
    )
    assert mx.spool() == mx.spool("tmp") == []
