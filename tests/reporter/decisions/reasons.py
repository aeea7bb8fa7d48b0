"""Why an indicator of a message is skipped: what tests of the rules ask."""

from tests.reporter.messages import envelope, link
from trapline.reporter.indicators import IndicatorKind, Skip
from trapline.reporter.judge import Context, judge
from trapline.spool.envelope import Envelope

HTML_HEAD = b"Content-Type: text/html\n\n"
SPAM = link("http://pills-now.com/buy")


def reason(
    kind: IndicatorKind,
    value: str = "",
    *,
    of: bytes = SPAM,
    at: Envelope | None = None,
    context: Context | None = None,
) -> str | None:
    """Why the indicator is skipped; None where it is reported. Exactly one has to be there."""
    judgement = judge(of, at or envelope(), context or Context())
    found = [one for one in judgement.judged if one.indicator.kind == kind and value in {"", one.indicator.value}]
    assert len(found) == 1, [one.indicator for one in judgement.judged]
    decision = found[0].decision
    return decision.reason if isinstance(decision, Skip) else None


def believing(domain: str) -> tuple[str, Context]:
    """A field in which our server vouches for `domain`, and the context that believes it."""
    results = f"Authentication-Results: mx.ourtraps.com; dkim=pass header.d={domain}"
    return results, Context(authserv_ids=("mx.ourtraps.com",))
