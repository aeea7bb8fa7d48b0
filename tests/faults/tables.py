"""What a trial came to, as tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.faults.books import Books, Claim, repeated, slowest
from tests.faults.load import Sent
from tests.faults.trial import Episode

SHOWN = 5  # of what is wrong


def episodes(found: Sequence[Episode], books: Books) -> Table:
    """A line for each kind of fault: how often, how much was felt of it, what the mail of that time met."""
    table = Table(box=SIMPLE_HEAD, title="What happened", title_justify="left")
    table.add_column("fault")
    for head in ("times", "seconds", "felt", "letters", "put off", "slowest s", "back after s"):
        table.add_column(head, justify="right")
    for name in dict.fromkeys(fault.name for one in found for fault in one.faults):
        mine = [one for one in found if any(fault.name == name for fault in one.faults)]
        sent = list(chain.from_iterable(_during(one, books.sent) for one in mine))
        table.add_row(
            name,
            str(len(mine)),
            f"{sum(one.ended - one.began for one in mine):.0f}",
            str(sum(one.felt.get(name, 0) for one in mine)),
            str(len(sent)),
            str(sum(one.put_off for one in sent)),
            f"{slowest(sent):.2f}",
            f"{max(one.recovered for one in mine):.1f}",
        )
    return table


def claims(held: Iterable[Claim]) -> Table:
    """A line for each claim, and what is wrong below it."""
    table = Table(box=SIMPLE_HEAD, title="What must hold", title_justify="left")
    table.add_column("claim")
    table.add_column("of", justify="right")
    table.add_column("holds")
    for claim in held:
        table.add_row(claim.what, str(claim.of), "NO" if claim.wrong else "yes")
        for wrong in claim.wrong[:SHOWN]:
            table.add_row(f"    {wrong}", "", "")
        if len(claim.wrong) > SHOWN:
            table.add_row(f"    and {len(claim.wrong) - SHOWN} more", "", "")
    return table


def summary(found: Sequence[Episode], books: Books) -> str:
    """The figures in a few lines."""
    accepted = {one.letter.id: one.letter for one in books.sent if one.accepted}
    caught = [letter for letter in accepted.values() if letter.hits_a_trap]
    people = [letter for letter in accepted.values() if letter.reaches_a_person]
    states = [*books.submissions.values()]
    queued = sum(state in {"queued", "waiting", "sending"} for state in states)
    codes = ", ".join(f"{number} times with {code}" for code, number in sorted(Counter(books.ended).items()))
    return (
        f"{len(found)} times a fault or two. {len(caught)} trap messages were caught, {len(books.in_fallback)} of them "
        f"(also) by the fallback; {len(people)} reached people, the slowest in {slowest(books.sent, books.hung):.2f} s "
        f"({slowest(books.sent):.2f} s with those that waited for a milter that hung). "
        f"{len(states)} submissions, of which {queued} wait; {repeated(books)} were sent twice. "
        f"Daemons ended by themselves {codes or 'never'}."
    )


def _during(episode: Episode, sent: Iterable[Sent]) -> Iterable[Sent]:
    return (one for one in sent if one.began + one.took >= episode.began and one.began <= episode.ended)
