"""The invented messages in tests/data/messages, each with one trait of real mail, the whole way through."""

from pathlib import Path

import pytest

from tests.reporter.messages import envelope
from trapline.reporter.indicators import IndicatorKind, Report
from trapline.reporter.judge import Context, judge

FOLDER = Path(__file__).parent.parent / "data" / "messages"


def reported(file: str, kind: IndicatorKind) -> list[str]:
    judged = judge((FOLDER / file).read_bytes(), envelope(), Context()).judged
    return [one.indicator.value for one in judged if one.indicator.kind == kind and isinstance(one.decision, Report)]


def test_links_behind_the_end_and_as_visible_text_are_found() -> None:
    assert reported("after_the_end.eml", "domain") == ["second-pills.com", "first-pills.com"]


def test_a_wrapped_page_on_a_platform_is_reported_by_its_url_without_the_recipient() -> None:
    assert reported("wrapped.eml", "url") == ["https://parcel-pay.github.io/login?id=1"]
    assert reported("wrapped.eml", "domain") == []


def test_a_bounce_is_evidence_against_nobody() -> None:
    kinds: tuple[IndicatorKind, ...] = ("ip", "domain", "url", "email")
    assert [value for kind in kinds for value in reported("bounce.eml", kind)] == []


def test_what_a_list_put_below_base64_is_read_too() -> None:
    assert reported("list_footer.eml", "domain") == ["first-pills.com", "list-host.com"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.eml")), ids=lambda path: path.name)
def test_every_message_is_read_without_an_error(path: Path) -> None:
    assert judge(path.read_bytes(), envelope(), Context()).evidence.error is None
