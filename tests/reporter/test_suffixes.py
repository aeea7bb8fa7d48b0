"""Registered domains by the Public Suffix List."""

import time

import pytest

from tests.cpu_time import within
from trapline.reporter.suffixes import is_delegated, is_public_suffix, platform, registered_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [("a.b.pills.co.uk", "pills.co.uk"), ("x.someone.github.io", "someone.github.io"), ("github.io", "github.io")],
)
def test_the_registered_domain_counts_platforms_as_suffixes(host: str, domain: str) -> None:
    assert registered_domain(host) == domain


def test_public_suffixes_and_platforms_are_told_apart() -> None:
    assert is_public_suffix("co.uk")
    assert not is_public_suffix("pills.co.uk")
    assert platform("someone.github.io") == "github.io"
    assert platform("pills.co.uk") is None


@pytest.mark.parametrize("name", ["example.com", "mail.example.org", "trap.test", "host.local", "pot", "x.nosuchtld"])
def test_reserved_and_unknown_names_are_not_delegated(name: str) -> None:
    assert not is_delegated(name)


@pytest.mark.parametrize("name", ["a=pills.com", "x!pills.com", 'pi"lls.co.uk', "-pills.com", "my_pills.com"])
def test_a_name_that_no_registry_sells_is_not_delegated(name: str) -> None:
    assert not is_delegated(name)
    assert not is_delegated(f"www.{name}")


@pytest.mark.parametrize("name", [f"{'a' * 64}.com", f"{'a' * 64}.pills.com", f"{'a.' * 124}pills.com"])
def test_a_name_that_is_too_long_for_the_dns_is_not_delegated(name: str) -> None:
    assert not is_delegated(name)


@pytest.mark.parametrize("name", ["pills-now.com", "a=b.pills-now.com", "_dmarc.pills.co.uk", "bücher.de", "co.uk"])
def test_an_ordinary_name_is_delegated(name: str) -> None:
    assert is_delegated(name)


def test_a_name_of_thousands_of_labels_costs_no_time() -> None:
    """A spammer may write a thousand links of that kind; each cost 70 ms."""
    before = time.process_time()
    assert not any(is_delegated("a." * 4000 + f"pills{number}.com") for number in range(30))
    assert within(0.5, before)
