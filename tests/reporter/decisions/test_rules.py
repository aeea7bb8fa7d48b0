"""The rules as a whole."""

from tests.reporter.decisions.reasons import reason
from trapline.reporter.decisions import addresses, domains, messages, urls


def test_a_strangers_spam_is_reported_in_all_four_kinds() -> None:
    assert reason("email") is None
    assert reason("ip", "11.2.3.4") is None
    assert reason("domain", "pills-now.com") is None
    assert reason("url", "http://pills-now.com/buy") is None


def test_every_rule_has_a_docstring_that_names_whom_it_protects() -> None:
    rules = (*messages.EVERY_INDICATOR, *messages.ALL_BUT_SAMPLE, *messages.SAMPLE, *addresses.RULES)
    for rule in (*rules, addresses.on_dnswl, *domains.RULES, *urls.RULES):
        text = rule.__doc__ or ""
        assert text.startswith("Skip "), rule.__name__
        assert "Protects " in text or rule in {messages.no_sample, messages.nothing_in_it}, rule.__name__
