"""What the demo shows at its end: what became of each mail, and what the portal answered."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.table import Table

from tests.demo.scenes import Scene
from tests.e2e.dialogue import Dialogue

MEANINGS = {
    200: "accepted",
    208: "already reported by somebody",
    400: "refused as invalid: given up, the others go on",
    401: "token refused: the run ends, nothing is lost",
    429: "slow down: obeyed, sent again",
}


@dataclass(slots=True)
class Outcome:
    """What came of a scene."""

    scene: Scene
    seen: Dialogue
    postfix: str
    delivered: bool
    caught: str | None
    labels: list[str]  # of the traps that were hit
    listings: list[str]  # zones
    submitted: dict[str, int] = field(default_factory=dict)  # kind to the portal's last answer


def mail_table(outcomes: Iterable[Outcome]) -> Table:
    """A row for each mail."""
    table = Table(title="What became of the mail", show_lines=True)
    for column in ("mail", "the sender saw", "Postfix did", "caught in", "submitted (portal's answer)"):
        table.add_column(column, overflow="fold")
    for outcome in outcomes:
        table.add_row(*_cells(outcome))
    return table


def answer_table(statuses: list[int]) -> Table:
    """A row for each code that the portal answered with."""
    table = Table(title="What the portal answered")
    for column in ("code", "times", "meaning"):
        table.add_column(column)
    for status in sorted(set(statuses)):
        table.add_row(str(status), str(statuses.count(status)), MEANINGS.get(status, "?"))
    return table


def _cells(outcome: Outcome) -> tuple[str, ...]:
    """One row of the table."""
    scene, seen = outcome.scene, outcome.seen
    replies = [f"RCPT: {reply}" for reply in dict.fromkeys(seen.rcpts)]
    if seen.data is not None:
        replies.append(f"DATA: {seen.data.code} {seen.data.text.partition(':')[0]}")
    caught = ": ".join(filter(None, (outcome.caught or "-", ", ".join(outcome.labels))))
    if outcome.listings:
        caught += f"\n(client listed by {', '.join(outcome.listings)})"
    submitted = ", ".join(f"{kind} {status}" for kind, status in outcome.submitted.items()) or "-"
    return (f"{scene.title}\nfrom {scene.client}", "\n".join(replies), outcome.postfix, caught, submitted)
