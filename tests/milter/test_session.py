"""The protocol as a pure object: what is asked, what is answered, what is caught."""

import time
from ipaddress import ip_address

import pytest

from tests.cpu_time import within
from tests.milter.sessions import (
    ANNA,
    LISTED,
    NOTHING,
    SPAMMER,
    TRAP,
    TRAPS,
    ZEN,
    connected,
    mail,
    rcpts,
)
from trapline.config.settings import Settings
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import all_zones
from trapline.milter.rules import Rules
from trapline.milter.session import Connection, Transaction
from trapline.milter.verdicts import Accept, Refuse, Tag, Verdict


def refused(verdict: Verdict) -> bool:
    return isinstance(verdict, Refuse)


def asked(transaction: Transaction) -> set[tuple[str, str]]:
    return {(question.zone, question.object) for question in transaction.questions}


def test_client_helo_and_sender_are_asked_about_and_the_same_domain_once() -> None:
    transaction = mail(sender="<news@mail.pills.com>")
    assert asked(transaction) == {("zen", SPAMMER), ("dbl", "mail.pills.com"), ("zrd", "mail.pills.com")}
    assert len(transaction.questions) == 3


@pytest.mark.parametrize(
    "helo",
    [
        "[9.8.7.66]",
        "9.8.7.66",
        "[IPv6:2a00::1]",
        "2a00::1",
        "localhost",
        "mx.com",
        "Sub.MX.com.",
        "-.mx.com",
        "our-own.com",
        "bad..x",
        "x y",
        "",
    ],
)
def test_a_helo_that_is_no_domain_or_ours_is_not_asked_about(helo: str) -> None:
    connection = connected(ours={"domains": ["our-own.com"]})
    connection.greet(helo)
    assert asked(mail(connection, "<>")) == {("zen", SPAMMER)}


@pytest.mark.parametrize(
    "written",
    ["-a.pills.com", "a-.b.pills.com", "a..pills.com", "\ue000.pills.com", "\ue000\u3002pills\uff0ecom",
     "a b.pills.com", "x" * 64 + ".pills.com", "a." * 30_000 + "pills.com", "\udcff\udcfe.pills.com",
     "\ue000." + "\u05d0." * 60 + "pills.com", "\ue000.pills.com. ", "\ue000.pills.com.\u3002"],
)  # fmt: skip
def test_what_is_no_label_in_front_hides_no_listed_domain(written: str) -> None:
    connection = connected()
    connection.greet(written)
    zones_and_names = {(zone, name) for zone, name in asked(mail(connection, "<>")) if zone == "dbl"}
    assert len(zones_and_names) == 1
    assert all(name == "pills.com" or name.endswith(".pills.com") for _, name in zones_and_names)
    sender = mail(connected(), f"<x@{written}>")
    assert any(name.endswith("pills.com") and name != "mail.pills.com" for _, name in asked(sender))


def test_a_name_of_a_hundred_labels_that_are_slow_to_read_holds_nobody_up() -> None:
    started = time.process_time()
    for number in range(100):
        written = f"{number}." + "\u05d0." * 120 + "\ue000"  # whose last label is none, so each end of it is none
        connected().greet(written)
        mail(connected(), f"<x@{written}>")
    assert within(1.0, started)  # reading each end anew takes 5 s and more


def test_the_null_sender_is_not_asked_about() -> None:
    assert asked(mail(sender="<>")) == {("zen", SPAMMER), ("dbl", "mail.pills.com"), ("zrd", "mail.pills.com")}


def test_an_internationalised_sender_is_asked_about_as_a_labels() -> None:
    assert ("dbl", "xn--bcher-kva.com") in asked(mail(sender="<müller@Bücher.com>"))


@pytest.mark.parametrize("written", ["i\u2764pills.com", "I\u2764\ufe0fPILLS\uff0ecom", "XN--IPILLS-I50D.com"])
def test_a_sender_of_a_name_with_an_emoji_is_asked_about_as_the_dns_has_it(written: str) -> None:
    assert ("dbl", "xn--ipills-i50d.com") in asked(mail(sender=f"<news@{written}>"))
    connection = connected()
    connection.greet(written)
    assert ("dbl", "xn--ipills-i50d.com") in asked(mail(connection, "<>"))


def test_a_sender_is_asked_about_as_postfix_resolves_it() -> None:
    transaction = connected().mail("<x%other-pills.com@mx.com>", authenticated=False, resolved="x@other-pills.com")
    assert ("dbl", "other-pills.com") in asked(transaction)


def test_nothing_is_asked_at_the_greeting_of_an_exempt_client() -> None:
    assert connected("10.1.2.3").helo_questions == ()
    assert connected().helo_questions != ()


@pytest.mark.parametrize("client", ["127.0.0.1", "10.1.2.3", "::1", None])
def test_nobody_is_asked_about_a_local_client(client: str | None) -> None:
    assert asked(mail(connected(client))) == set()


def test_nobody_is_asked_about_the_clients_of_a_submission_service() -> None:
    assert asked(mail(connected(daemon="submission"))) == set()


def test_an_allowed_address_is_not_asked_about_or_not_in_zen() -> None:
    allow = {"addresses": ["9.8.7.0/24"]}
    assert asked(mail(connected(milter={"allow": allow}))) == set()
    zen_only = mail(connected(milter={"allow": allow | {"skip": "zen"}}))
    assert asked(zen_only) == {
        ("dbl", "mail.pills.com"),
        ("zrd", "mail.pills.com"),
        ("dbl", "pills.com"),
        ("zrd", "pills.com"),
    }


def test_an_allowed_domain_is_not_asked_about_and_exempts_no_client() -> None:
    allow = {"domains": ["pills.com", ".example-shop.com"]}
    transaction = mail(connected(milter={"allow": allow}), "<x@a.example-shop.com>")
    assert asked(transaction) == {("zen", SPAMMER), ("dbl", "mail.pills.com"), ("zrd", "mail.pills.com")}
    assert refused(transaction.rcpt(ANNA, LISTED))


def test_a_listed_client_is_refused_for_a_person_and_accepted_for_a_trap() -> None:
    assert refused(mail().rcpt(ANNA, LISTED))
    assert not refused(mail().rcpt(TRAP, LISTED))


def test_an_unlisted_client_is_accepted_for_both() -> None:
    transaction = mail()
    assert transaction.rcpt(ANNA, NOTHING) == Accept()
    assert transaction.rcpt(TRAP, NOTHING) == Accept()


def test_a_spammer_who_sorts_a_list_sees_a_trap_refused_like_the_person_before_it() -> None:
    connection = connected()
    transaction = mail(connection)
    person, trap = transaction.rcpt(ANNA, LISTED), transaction.rcpt(TRAP, LISTED)
    assert person == trap
    assert mail(connection).rcpt(TRAP, LISTED) == person, "in the next message of the connection too"


def test_a_clean_message_after_a_refusal_reaches_trap_and_person_alike() -> None:
    connection = connected()
    mail(connection).rcpt(ANNA, LISTED)
    later = mail(connection)
    assert later.rcpt(TRAP, NOTHING) == later.rcpt(ANNA, NOTHING) == Accept()


def test_as_others_refuses_a_listed_client_at_a_trap_from_the_start() -> None:
    assert refused(mail(connected(traps={"listed_clients": "as_others"})).rcpt(TRAP, LISTED))


@pytest.mark.parametrize(
    ("client", "daemon", "login"), [("10.1.2.3", "", False), (SPAMMER, "smtps", False), (SPAMMER, "", True)]
)
def test_an_exempt_client_is_never_refused(client: str, daemon: str, login: bool) -> None:
    assert not refused(mail(connected(client, daemon), login=login).rcpt(ANNA, LISTED))


def test_an_authenticated_client_is_not_exempt_where_the_configuration_says_so() -> None:
    connection = connected(milter={"exempt": {"authenticated": False}})
    assert refused(mail(connection, login=True).rcpt(ANNA, LISTED))


def test_shadow_mode_refuses_nothing() -> None:
    assert mail(connected(dqs={"mode": "shadow"})).rcpt(ANNA, LISTED) == Accept(noted=(LISTED[ZEN],))  # type: ignore[arg-type]


def test_earliest_refuses_at_mail() -> None:
    assert refused(mail().at_mail(LISTED))
    assert not refused(mail().at_mail(NOTHING))


def test_a_refusal_at_mail_refused_people_and_traps_alike_from_then_on() -> None:
    connection = connected(milter={"reject_at": "earliest"})
    mail(connection).at_mail(LISTED)
    assert refused(mail(connection).rcpt(TRAP, LISTED))


def test_a_clean_answer_at_mail_refused_nobody() -> None:
    connection = connected(milter={"reject_at": "earliest"})
    mail(connection).at_mail(NOTHING)
    assert not refused(mail(connection).rcpt(TRAP, LISTED))


def test_a_tag_is_put_on_the_mail_of_people() -> None:
    transaction = mail(connected(dqs={"zen": {"action": "tag"}}))
    assert isinstance(transaction.rcpt(ANNA, LISTED), Tag)
    assert transaction.tag(LISTED) == ("X-Spamhaus", f"zen; {SPAMMER}; 127.0.0.2")


def test_mail_of_an_unlisted_client_gets_no_tag() -> None:
    transaction = rcpts(ANNA, dqs={"zen": {"action": "tag"}})
    assert transaction.tag(NOTHING) is None


BLOCKED = Listed("blocklist", SPAMMER, ("127.0.0.2",))


def blocked(connection: Connection | None = None, *, login: bool = False) -> Transaction:
    return (connection or connected()).mail("<news@pills.com>", authenticated=login, blocked=BLOCKED)


def test_whom_our_own_list_has_is_told_to_come_back_and_the_evidence_says_so() -> None:
    transaction = blocked()
    verdict = transaction.rcpt(ANNA, NOTHING)
    assert isinstance(verdict, Refuse)
    assert verdict.reply.code == 450
    assert transaction.listings == (BLOCKED,)


def test_whom_our_own_list_has_reaches_a_trap_until_a_person_was_refused() -> None:
    connection = connected()
    assert not refused(blocked(connection).rcpt(TRAP, NOTHING))
    transaction = blocked(connection)
    to_anna, to_trap = transaction.rcpt(ANNA, NOTHING), transaction.rcpt(TRAP, NOTHING)
    assert to_anna == to_trap
    assert refused(to_trap)


def test_what_our_own_list_says_holds_for_one_message() -> None:
    connection = connected()
    assert refused(blocked(connection).rcpt(ANNA, NOTHING))
    assert mail(connection).rcpt(ANNA, NOTHING) == Accept()


def test_who_has_authenticated_is_not_refused_by_our_own_list() -> None:
    assert blocked(login=True).rcpt(ANNA, NOTHING) == Accept()


@pytest.mark.parametrize("skip", ["all", "zen"])
def test_an_allowed_address_is_not_looked_up_in_our_own_list_whatever_it_skips(skip: str) -> None:
    assert connected(milter={"allow": {"addresses": ["9.8.7.0/24"], "skip": skip}}).blocklist_key is None


@pytest.mark.parametrize("client", ["127.0.0.1", "192.168.1.1", "::1", "100.64.0.1", None])
def test_nobody_inside_is_looked_up_in_our_own_list(client: str | None) -> None:
    assert connected(client).blocklist_key is None
    assert connected(client, milter={"exempt": {"networks": []}}).blocklist_key is None


@pytest.mark.parametrize("blocklist", [{"enabled": False}, {"files": {"milter": ""}}])
def test_where_the_list_is_off_nobody_is_looked_up(blocklist: dict[str, object]) -> None:
    assert connected().blocklist_key is not None
    assert connected(blocklist=blocklist).blocklist_key is None


def with_zone(*asks: str) -> Connection:
    settings = Settings.model_validate({"zones": {"office": {"domain": "bl.com", "asks": list(asks)}}})
    connection = Connection(Rules(settings, all_zones(settings, "KEY"), TRAPS), ip_address(SPAMMER), None)
    connection.greet("mail.pills.com")
    return connection


@pytest.mark.parametrize(
    ("asks", "about"),
    [
        (["address"], {SPAMMER}),
        (["helo"], {"mail.pills.com"}),
        (["mail_from"], {"other-pills.com"}),
        (["address", "helo", "mail_from"], {SPAMMER, "mail.pills.com", "other-pills.com"}),
    ],
)
def test_a_zone_of_ones_own_is_asked_what_it_is_to_be_asked(asks: list[str], about: set[str]) -> None:
    transaction = mail(with_zone(*asks), "<news@other-pills.com>")
    assert {name for zone, name in asked(transaction) if zone == "office"} == about
    assert {name for zone, name in asked(transaction) if zone == "dbl"} == {"mail.pills.com", "other-pills.com"}
