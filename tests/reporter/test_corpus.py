"""Real mail, where it is at hand: how much is found, and that no innocent is reported. The repository holds none."""

import json
from functools import cache
from pathlib import Path

import pytest

from tests.reporter.messages import envelope
from trapline.reporter.indicators import IndicatorKind, Report
from trapline.reporter.judge import Context, Judgement, judge
from trapline.reporter.lists import SHIPPED
from trapline.reporter.suffixes import is_public_suffix

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"  # real mail beside the checkout; nothing of it is copied

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@cache
def judgements() -> dict[str, Judgement]:
    files = sorted(CORPUS.rglob("*.eml"))
    return {
        str(path.relative_to(CORPUS)): judge(
            path.read_bytes(), envelope(client=None, mail_from=None, helo=None), Context()
        )
        for path in files
    }


def found(judgement: Judgement) -> set[str]:
    """The registered domains and IP addresses that were seen."""
    addresses = {str(seen.url.address) for seen in judgement.evidence.urls if seen.url.address is not None}
    return {domain.value for domain in judgement.evidence.domains} | addresses


def reported(kind: IndicatorKind, judgement: Judgement) -> set[str]:
    return {
        one.indicator.value
        for one in judgement.judged
        if one.indicator.kind == kind and isinstance(one.decision, Report)
    }


def test_every_message_is_judged_without_an_error() -> None:
    assert {file: one.evidence.error for file, one in judgements().items() if one.evidence.error} == {}


@pytest.mark.parametrize("kind", ["phish", "spam", "ham", "dsn", "torture"])
def test_at_least_99_percent_of_what_a_person_sees_is_found(kind: str) -> None:
    truths = [json.loads(line) for line in (CORPUS / "oracle_dev.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = hit = 0
    for truth in truths:
        if truth["kind"] == kind:
            wanted += len(truth["domains"])
            hit += len(set(truth["domains"]) & found(judgements()[truth["file"]]))
    assert hit >= 0.99 * wanted


def test_no_domain_of_a_list_and_no_suffix_is_reported() -> None:
    for file, judgement in judgements().items():
        for domain in reported("domain", judgement):
            assert SHIPPED.known_link(domain) is None or SHIPPED.known_link(domain).kind == "registry", (file, domain)  # type: ignore[union-attr]
            assert SHIPPED.known_names(domain) == () or SHIPPED.known_names(domain)[0].kind == "registry", (
                file,
                domain,
            )
            assert not is_public_suffix(domain), (file, domain)


def test_of_every_phish_that_links_to_anything_but_innocents_something_is_reported() -> None:
    truths = [json.loads(line) for line in (CORPUS / "oracle_dev.jsonl").read_text(encoding="utf-8").splitlines()]
    for truth in truths:
        unknown = [
            name for name in truth["domains"] if (entry := SHIPPED.known_link(name)) is None or entry.kind == "open"
        ]
        if truth["kind"] == "phish" and unknown:
            judgement = judgements()[truth["file"]]
            assert reported("url", judgement) | reported("domain", judgement), truth["file"]
