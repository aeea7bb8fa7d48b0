"""Every spelling of the owner's address is known, and nobody else's is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.mailboxes.owners import MAX_SPELLINGS, spellings

GMAIL = ("anna.berg@gmail.com",)


def test_without_another_spelling_the_owners_are_as_configured() -> None:
    assert spellings(("Anna@Harbour-Mail.com", "b@x.com"), b"") == ("Anna@Harbour-Mail.com", "b@x.com")


def test_gmails_dots_and_its_other_domain_are_known_without_being_seen() -> None:
    wanted = {"anna.berg@gmail.com", "annaberg@gmail.com", "anna.berg@googlemail.com", "annaberg@googlemail.com"}
    assert set(spellings(GMAIL, b"")) == wanted


@pytest.mark.parametrize("text", ["a.n.nab.erg@gmail.com", "ANNA.B.ERG+shop@GoogleMail.com", "an.naberg%40gmail.com"])
def test_gmails_dots_are_known_wherever_they_stand(text: str) -> None:
    assert text.lower().replace("%40", "@") in spellings(GMAIL, b"To: <%s>\n" % text.encode())


def test_an_extension_is_the_owners() -> None:
    assert "bob+shop@x-mail.com" in spellings(("bob@x-mail.com",), b"To: bob+shop@x-mail.com\n")


@pytest.mark.parametrize("text", [b"annabergs@gmail.com", b"anna.berg@gmail.com.evil.org", b"x+anna.berg@gmail.com"])
def test_another_persons_address_is_not_the_owners(text: bytes) -> None:
    assert set(spellings(GMAIL, text)) == set(spellings(GMAIL, b""))


def test_elsewhere_dots_tell_people_apart() -> None:
    assert spellings(("anna.berg@x-mail.com",), b"annaberg@x-mail.com") == ("anna.berg@x-mail.com",)


def test_a_sender_cannot_make_the_list_long() -> None:
    many = b" ".join(b"bob+%d@x-mail.com" % number for number in range(10 * MAX_SPELLINGS))
    assert len(spellings(("bob@x-mail.com",), many)) == MAX_SPELLINGS + 1


@given(st.binary(max_size=200))
def test_any_message_is_searched(junk: bytes) -> None:
    spellings(GMAIL, junk + b"@gmail.com" + junk)
