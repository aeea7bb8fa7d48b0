"""docs/decisions.md has every rule of the reporter, in its order, with the words that `trapline show` says."""

import inspect
import re
import sys
from collections.abc import Callable, Sequence

import pytest

from tests.documentation.snippets import ROOT
from trapline.reporter.decisions import addresses, domains, mailboxes, messages, urls

Function = Callable[..., object]

RULES: dict[str, Sequence[Function]] = {
    "The reporter": (*messages.EVERY_INDICATOR, *messages.ALL_BUT_SAMPLE),
    "The client's address": (*addresses.RULES, addresses.on_dnswl),
    "Domains": (*domains.RULES, *mailboxes.DOMAIN_RULES),
    "Links": urls.RULES,
    "The sample": messages.SAMPLE,
    "What waits": (*messages.AFTER_A_SECOND, *messages.SENDER_AFTER_A_SECOND, mailboxes.witness),
}
PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")


def rows(title: str) -> list[list[str]]:
    """The table below a heading, as cells, without its own two lines."""
    section = re.split(rf"^##+ {re.escape(title)}\n", PAGE, flags=re.MULTILINE)[1]
    lines = re.split(r"^##+ ", section, flags=re.MULTILINE)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| `")]


@pytest.mark.parametrize("title", RULES)
def test_every_rule_is_there_in_its_order(title: str) -> None:
    assert [row[0].strip("`") for row in rows(title)] == [rule.__name__ for rule in RULES[title]]


@pytest.mark.parametrize("title", RULES)
def test_show_says_what_stands_in_the_third_column(title: str) -> None:
    for row, rule in zip(rows(title), RULES[title], strict=True):
        assert row[2] in inspect.getsource(sys.modules[rule.__module__]), row[0]


@pytest.mark.parametrize("title", RULES)
def test_every_row_says_whom_the_rule_protects(title: str) -> None:
    assert [row[0] for row in rows(title) if len(row) != len(("rule", "what", "said", "whom")) or not row[3]] == []


def test_these_are_all_rules_by_which_a_message_is_judged() -> None:
    modules = (messages, addresses, domains, mailboxes, urls)
    there = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }
    assert there == {rule for rules in RULES.values() for rule in rules}
