"""Traps and people as Postfix's aliases, as our snippets have the traps: the milter sees them before they expand."""

from collections.abc import Iterator

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, MailExchanger
from tests.servers.postfix import DOMAIN, Postfix

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
ON_SBL = "11.0.0.2"
FALLBACK = f"fallback@{DOMAIN}"
TRAP = f"hidden1@{DOMAIN}"
SHOP_TRAP = "anybody@old-shop-chairs.com"  # of a domain of aliases, all of it a trap
ALIAS = "office@alias-harbour.com"  # of a domain of aliases
ALIASES = {TRAP: FALLBACK, "@old-shop-chairs.com": FALLBACK, ALIAS: ANNA, f"team@{DOMAIN}": ANNA}


@pytest.fixture(scope="module")
def with_aliases(_mail_exchanger: MailExchanger) -> Iterator[Postfix]:
    """A second Postfix on the same milter."""
    maps = ", ".join(f"{{ {name} = {target} }}" for name, target in ALIASES.items())
    settings = {
        "virtual_alias_maps": f"inline:{{ {maps} }}",
        "virtual_alias_domains": "old-shop-chairs.com, alias-harbour.com",
    }
    milters = f"{{ unix:{_mail_exchanger.socket}, default_action=accept }}"
    with Postfix(traps=[FALLBACK], milters=milters, settings=settings) as running:
        yield running


@pytest.fixture
def postfix(mx: MailExchanger, with_aliases: Postfix) -> Iterator[Postfix]:
    """It, with its traps in force and nothing in its mailboxes."""
    mx.write_traps({TRAP: "web page", "@old-shop-chairs.com": "old shop recycled"})
    with_aliases.forget()
    with mx.settings({}):
        yield with_aliases


@pytest.mark.parametrize("trap", [TRAP, SHOP_TRAP, TRAP.upper(), SHOP_TRAP.upper(), '"any body"@old-shop-chairs.com'])
def test_a_trap_that_is_an_alias_is_caught_and_not_delivered(mx: MailExchanger, postfix: Postfix, trap: str) -> None:
    with postfix.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [trap], spam()).accepted
    postfix.settle()
    assert len(mx.spool()) == 1
    assert postfix.fallen_back() == []


@pytest.mark.parametrize("trap", [TRAP, SHOP_TRAP, TRAP.upper(), '"any body"@old-shop-chairs.com'])
@pytest.mark.parametrize("person", [ANNA, ALIAS, f"team@{DOMAIN}"])
def test_mixed_mail_reaches_the_person_alone(mx: MailExchanger, postfix: Postfix, trap: str, person: str) -> None:
    with postfix.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [trap, person], spam()).accepted
    postfix.settle()
    assert len(postfix.mailbox(ANNA)) == 1
    assert postfix.fallen_back() == []
    assert len(mx.spool()) == 1


@pytest.mark.parametrize("person", [ALIAS, f"team@{DOMAIN}"])
def test_a_listed_client_is_refused_for_a_person_who_is_an_alias(
    mx: MailExchanger, postfix: Postfix, person: str
) -> None:
    with postfix.client(ON_SBL) as smtp:
        assert send(smtp, CARLA, [person], ordinary()).rcpt.code == 550
        assert smtp.mail(CARLA)[0] == 250
        assert smtp.rcpt(SHOP_TRAP)[0] == 550, "as the person before"
    assert postfix.mailbox(ANNA) == []


@pytest.mark.parametrize("command", ["VRFY {}", "RCPT TO:<{}>"])
def test_an_alias_that_is_a_trap_looks_like_one_that_is_a_person(
    mx: MailExchanger, postfix: Postfix, command: str
) -> None:
    pairs = ((f"team@{DOMAIN}", TRAP), (ALIAS, SHOP_TRAP))
    with postfix.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        for person, trap in pairs:
            said = [smtp.docmd(command.format(address)) for address in (person, trap)]
            assert said[0][0] == said[1][0]
            assert said[0][1].replace(person.encode(), b"X") == said[1][1].replace(trap.encode(), b"X")
