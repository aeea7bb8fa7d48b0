"""`make faults` in short: some of the faults, once each, two at once where they go together, and then the books.

The full form goes on for minutes, in another order each time.
"""

from tests.faults.books import claims
from tests.faults.trial import FAULTS, PATIENCE, QUICK, SHORT, Trial


def test_whatever_goes_wrong_no_mail_is_lost_refused_or_late_and_nothing_caught_is_lost_or_counted_twice() -> None:
    lines: list[str] = []
    trial = Trial(8, SHORT, lines.append, [fault for fault in FAULTS if fault.name in QUICK])
    books = trial.run(pairs=1.0)
    wrong = {claim.what: claim.wrong[:5] for claim in claims(books, PATIENCE) if claim.wrong}
    assert wrong == {}, "\n".join([*lines, trial.logs[-5000:]])
