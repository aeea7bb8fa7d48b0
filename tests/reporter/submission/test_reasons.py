from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.caught import LABEL, TRAP, an_envelope, trap
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Indicator
from trapline.reporter.submission.reasons import MAX_LABELS, MAX_REASON, reason
from trapline.spool.envelope import Client, Recipient

IP = Indicator("ip", "11.0.0.66", ("client",))
URL = Indicator("url", "http://landing-pills.com/now", ("html:a", "text"))


def test_an_analyst_reads_what_hit_when_from_where_and_what_was_proven() -> None:
    auth = Authentication(spf="pass", dkim="fail")
    assert reason(an_envelope(), auth, URL) == (
        "Spam trap hit (pristine) on 2026-11-21 11:59 UTC, sent by 11.0.0.66; HELO mail.pills-shop.com; "
        "SPF pass, DKIM fail; seen in html:a, text"
    )


def test_an_address_is_not_repeated_in_its_own_reason() -> None:
    assert reason(an_envelope(helo=None), None, IP) == "Spam trap hit (pristine) on 2026-11-21 11:59 UTC"


def test_traps_of_several_kinds_are_named_strongest_first() -> None:
    envelope = an_envelope(recipients=(trap(kind="typo"), trap("b@trap-mx.com"), trap("c@trap-mx.com", kind="typo")))
    assert reason(envelope, None, IP).startswith("Spam trap hit (pristine and typo) on ")


def test_an_unknown_client_is_left_out() -> None:
    assert "sent by" not in reason(an_envelope(client=Client()), None, URL)


def test_neither_trap_nor_label_is_told() -> None:
    text = reason(an_envelope(), None, URL)
    assert TRAP not in text
    assert LABEL not in text


def test_a_label_is_told_where_that_is_wanted() -> None:
    envelope = an_envelope(recipients=(trap(), trap("b@trap-mx.com"), trap("c@trap-mx.com", label="old\nshop")))
    assert f"; planted: {LABEL}, old shop; HELO " in reason(envelope, None, URL, labels=True)


def test_long_labels_are_cut() -> None:
    envelope = an_envelope(recipients=tuple(trap(f"{n}@trap-mx.com", label=f"label {n} " * 9) for n in range(9)))
    assert len(reason(envelope, None, IP, labels=True).partition("planted: ")[2].partition(";")[0]) <= MAX_LABELS


def test_without_quoting_nothing_of_the_senders_is_in_it() -> None:
    assert "pills" not in reason(an_envelope(), None, URL, quote=False)


@given(st.text(max_size=400), st.lists(st.text(max_size=40), max_size=20))
def test_whatever_the_sender_wrote_it_is_short_and_printable(helo: str, sources: list[str]) -> None:
    envelope = an_envelope(helo=helo, client=Client(address=ip_address("2606:4700:ffff:ffff:ffff:ffff:ffff:ffff")))
    text = reason(envelope, Authentication(spf="pass"), Indicator("url", "u", tuple(sources)))
    assert 1 <= len(text) <= MAX_REASON
    assert helo.isascii() is False or all(character.isprintable() for character in text.split("seen in")[0])


def test_what_people_got_too_is_marked_mixed() -> None:
    mixed = an_envelope(recipients=(trap(), Recipient(address="anna@trap-mx.com")))
    assert "Spam trap hit (pristine, mixed: sent to people too) on" in reason(mixed, None, IP)
    assert "mixed" not in reason(an_envelope(), None, IP)


def test_where_nobody_knows_who_else_got_it_it_claims_no_more() -> None:
    told = reason(an_envelope(others=True), None, IP)
    assert "Spam trap hit (pristine, mixed: perhaps sent to people too) on" in told
