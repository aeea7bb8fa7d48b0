"""Users of a server are known under all its names, and a trap among them as well: else one more RCPT TO tells it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documentation.snippets import snippet
from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, spam
from tests.servers.mail_exchanger import ANNA, MailExchanger
from tests.servers.postfix import DOMAIN, Postfix
from trapline.config import postconf
from trapline.config.postmap import find
from trapline.traps import local_names, recipients
from trapline.traps.file import parse
from trapline.traps.postfix import map_line

STRANGER = "11.0.1.7"
FALLBACK = f"fallback@{DOMAIN}"
HARBOUR = "local-harbour.com"
NAMES = (HARBOUR, "localhost", "LocalHost", "[127.0.0.1]")
TRAP, TARGET = snippet("docs/postfix.md", "hidden1 ").split()
SETTINGS = {
    "mydestination": f"{HARBOUR}, localhost",
    "virtual_alias_maps": f"inline:{{ {{ carla = {ANNA} }}, {{ {TRAP} = {FALLBACK} }}, "
    f"{{ hidden2@{HARBOUR} = {FALLBACK} }} }}",
    "virtual_alias_domains": "",
    "local_recipient_maps": "inline:{ dora=x }",
}


@pytest.fixture(scope="module")
def local(_mail_exchanger: MailExchanger) -> Iterator[Postfix]:
    """A second Postfix on the same milter, with local users."""
    milters = f"{{ unix:{_mail_exchanger.socket}, default_action=accept }}"
    with Postfix(traps=[FALLBACK], milters=milters, settings=SETTINGS) as running:
        yield running


def test_the_line_is_the_one_that_is_printed_for_it() -> None:
    (entry,) = parse(Path("traps"), f"hidden1@{HARBOUR} web page")
    assert map_line(entry, (HARBOUR, "localhost")).line.split() == [TRAP, TARGET]


@pytest.mark.parametrize("name", NAMES)
def test_a_trap_among_local_users_is_accepted_and_caught_under_each_name(
    mx: MailExchanger, local: Postfix, name: str
) -> None:
    local.forget()
    mx.write_traps({f"hidden1@{HARBOUR}": "web page"})
    with mx.settings({"traps": {"local_domains": [HARBOUR, "localhost"]}}), local.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [f"hidden1@{name}"], spam()).accepted
        assert send(smtp, SPAMMER, [f"carla@{name}"], spam()).accepted
        assert send(smtp, SPAMMER, [f"hidden1@{name}", f"carla@{name}"], spam()).accepted
    assert [one["recipients"][0]["label"] for one in mx.envelopes()] == ["web page"] * 2
    assert len(local.mailbox(ANNA)) == 2
    assert local.fallen_back() == []


def test_a_trap_that_postfix_knows_with_its_domain_alone_is_told(
    local: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_CONFIG", f"{local.folder}/etc")
    main = postconf.read(recipients.SETTINGS).main
    text = "".join(f"{name}@{HARBOUR} {name}\n" for name in ("hidden1", "hidden2", "dora")) + f"hidden3@{DOMAIN} x\n"
    found = local_names.look(recipients.samples(parse(Path("traps"), text)).tried, main, find)
    assert found.names == (HARBOUR, "localhost")
    assert found.domains == {HARBOUR}
    assert [one.entry.trap.label for one in found.traps] == ["hidden1", "hidden2", "dora"]
    assert [one.entry.trap.label for one in found.under_one_name] == ["hidden2"]
    with local.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        assert {smtp.rcpt(f"{name}@{HARBOUR}")[0] for name in ("hidden1", "hidden2", "dora")} == {250}
        assert [smtp.rcpt(f"{name}@localhost")[0] for name in ("hidden1", "hidden2", "dora")] == [250, 550, 250]
