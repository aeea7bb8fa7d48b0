"""What Postfix would say of a recipient is told from its settings as Postfix itself tells it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postfix import DOMAIN, Postfix
from tests.servers.processes import aged
from trapline.config import postconf
from trapline.config.postmap import find, names
from trapline.traps import recipients
from trapline.traps.file import parse

SETTINGS = {
    "mydestination": "localhost, local-shop.com",
    "local_recipient_maps": "inline:{ carla=x, dora@local-shop.com=x }",
    "virtual_alias_domains": "alias-shop.com",
    "virtual_alias_maps": "inline:{ trap@alias-shop.com=anna@" + DOMAIN + ", @catch-shop.com=anna@" + DOMAIN + ", "
    "trap@foreign-shop.com=anna@" + DOMAIN + " }",
    "relay_domains": "relay-shop.com, catch-shop.com, inline:{ table-shop.com=x }",
    "relay_recipient_maps": "inline:{ trap@relay-shop.com=x, @table-shop.com=x }",
    "parent_domain_matches_subdomains": "relay_domains",
    "recipient_delimiter": "+-",
    "relay_transport": "discard",  # the private one refuses what it would relay
}
ADDRESSES = (
    f"anna@{DOMAIN}", f"anna+shop@{DOMAIN}", f"anna-shop+x@{DOMAIN}", f"nobody@{DOMAIN}", f"anna-request@{DOMAIN}",
    f"owner-anna@{DOMAIN}", f"owner@{DOMAIN}", f"+bob-x@{DOMAIN}", "trap@alias-shop.com", "other@alias-shop.com",
    "carla@local-shop.com", "carla+x@local-shop.com", "dora@local-shop.com", "emil@local-shop.com",
    "trap@relay-shop.com", "trap+x@relay-shop.com", "other@relay-shop.com", "any@catch-shop.com", "any@table-shop.com",
    "trap@foreign-shop.com", "trap@sub.relay-shop.com", "any@elsewhere-shop.com",
)  # fmt: skip


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    people = [f"anna@{DOMAIN}", f"owner@{DOMAIN}", f"+bob@{DOMAIN}"]
    with Postfix(people=people, settings=SETTINGS) as running:
        yield running


def test_each_address_has_the_answer_that_postfix_gives(postfix: Postfix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_CONFIG", f"{postfix.folder}/etc")
    samples = recipients.samples(parse(Path("traps"), "".join(f"{address} x\n" for address in ADDRESSES)))
    main = postconf.read(recipients.SETTINGS).main
    refused = {one.sample.address for one in recipients.refused(samples.tried, main, find)}
    with postfix.client("11.0.1.7") as smtp:
        smtp.mail("somebody@some-sender.com")
        answers = {address: smtp.rcpt(address)[0] for address in ADDRESSES}
    assert {250} < set(answers.values())
    assert refused == {address for address, code in answers.items() if code != 250}


def test_lists_name_domains_by_files_too(tmp_path: Path) -> None:
    domains = tmp_path / "domains"
    domains.write_text("# ours\nFile-Shop.com other-shop.com\n", encoding="utf-8")
    assert find(f"{domains}, x.com", frozenset({"file-shop.com", "y.com", "x.com"})) == {
        "file-shop.com": "",
        "x.com": "",
    }


def test_of_a_list_the_names_are_told_from_files_and_tables() -> None:
    listed = "Shop.com, localhost inline:{ table-shop.com=x } proxy:hash:/x, /etc/domains, !other.com, shop.com"
    assert names(listed) == ("shop.com", "localhost")


def test_a_table_is_asked_as_postfix_would(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text("a@b.com  x\n@c.com y z\n", encoding="utf-8")
    aged(table)
    listed = f"proxy:texthash:{table} regexp:{{ {{/^trap[0-9]+@d\\.com$/ t}} }}"
    keys = frozenset({"a@b.com", "@c.com", "trap7@d.com", "no@d.com"})
    assert find(listed, keys) == {"a@b.com": "x", "@c.com": "y z", "trap7@d.com": "t"}


def test_what_can_not_be_tried_is_counted() -> None:
    text = "".join(f"t{number}@x.com x\n" for number in range(recipients.MAX_SAMPLED + 1))
    samples = recipients.samples(parse(Path("traps"), text + "@y.com x\nu+*@y.com x\n/z.*@y\\.com/ x\n"))
    assert (samples.patterns, samples.only_examples) == (1, 2)
    assert len(samples.tried) - 2 + samples.left_out == recipients.MAX_SAMPLED + 1
    assert len(samples.tried) <= recipients.MAX_SAMPLED + 2
    assert samples.tried[-2].address.endswith("@y.com")
    assert samples.tried[-1].address.startswith("u+")
    assert "t1@x.com" not in repr(samples)
