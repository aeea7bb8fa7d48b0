"""The doctor's word on whole domains that are traps, answered by the real postmap."""

from pathlib import Path

import pytest

from tests.servers.processes import aged
from trapline.cli.doctor import recipients
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings

SHOP = "@old-shop.example old shop recycled\n"
MAIN = "{domains} = old-shop.example\nvirtual_alias_maps = inline:{{ {aliases} }}\n{more}\n"
OURS = "@old-shop.example=trap@trapline.invalid"


def looked(folder: Path, main: str, traps: str = SHOP) -> dict[str, Result]:
    (folder / "traps").write_text(traps, encoding="utf-8")
    (folder / "main.cf").write_text(f"compatibility_level = 3.6\n{main}", encoding="utf-8")
    (folder / "master.cf").write_text("smtp inet n - n - - smtpd\n", encoding="utf-8")
    aged(folder / "main.cf", folder / "master.cf")
    settings = Settings.model_validate({"traps": {"files": [str(folder / "traps")]}})
    return {one.name: one for one in recipients.check(Site(settings, folder / "trapline.toml"))}


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with main.cf and master.cf, which MAIL_CONFIG names."""
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("domains", "aliases", "more"),
    [
        ("mydestination", OURS, "local_recipient_maps = inline:{ root=x }"),
        ("virtual_alias_domains", f"{OURS}, abuse@old-shop.example=anna", ""),
        ("virtual_mailbox_domains", OURS, "virtual_mailbox_maps = inline:{ info@old-shop.example=x }"),
    ],
)
def test_people_in_a_domain_that_is_a_trap_as_a_whole_are_told(
    mail: Path, domains: str, aliases: str, more: str
) -> None:
    found = looked(mail, MAIN.format(domains=domains, aliases=aliases, more=more))["whole domains"]
    assert (found.state, '"old shop"' in found.seen) == ("warning", True), found
    assert "one by one" in found.hint


@pytest.mark.parametrize(
    ("domains", "aliases", "more"),
    [
        ("virtual_alias_domains", OURS, "local_recipient_maps = inline:{ root=x }"),
        ("virtual_alias_domains", f"{OURS}, root=anna", ""),
        ("virtual_alias_domains", f"{OURS}, abuse@old-shop.example=trap@trapline.invalid", ""),
        ("virtual_mailbox_domains", OURS, "virtual_mailbox_maps = static:trapline/"),
    ],
)
def test_a_domain_in_which_nobody_else_is_known_is_let_be(mail: Path, domains: str, aliases: str, more: str) -> None:
    assert looked(mail, MAIN.format(domains=domains, aliases=aliases, more=more))["whole domains"].state == "ok"


def test_without_a_whole_domain_there_is_nothing_to_say(mail: Path) -> None:
    main = "mydestination = mx.example\nlocal_recipient_maps = inline:{ root=x, hidden1=x }\n"
    assert "whole domains" not in looked(mail, main, "hidden1@mx.example web page\n")


def test_thousands_of_whole_domains_take_no_longer_than_postmap_may(mail: Path) -> None:
    """A table of expressions is gone through for each name that is looked up."""
    (mail / "people").write_text("".join(f"/^user{number}@/ x\n" for number in range(300)), encoding="utf-8")
    (mail / "shops").write_text("/^shop[0-9]+\\.example$/ x\n", encoding="utf-8")
    main = f"virtual_alias_domains = regexp:{mail}/shops\nvirtual_alias_maps = static:trap@trapline.invalid\n"
    main += f"virtual_mailbox_maps = regexp:{mail}/people, inline:{{ postmaster@shop7.example=anna }}\n"
    found = looked(mail, main, "".join(f"@shop{number}.example shop {number}\n" for number in range(3000)))
    assert found["Postfix's recipients"].state == "ok", found
    assert "delivery to the fallback" in found
    assert '"shop 7"' in found["whole domains"].seen
