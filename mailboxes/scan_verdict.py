"""What several scanners' scores of one message amount to. Pure.

One scanner decides, as the mailbox's settings say; the others are asked for the record. Above the threshold for spam
there may be a second one, for certain spam.
"""

from typing import Literal

from trapline.config.mailbox_scan import Scan
from trapline.filters.scanner import Score

Verdict = Literal["ham", "spam", "certain"]


def verdict(score: Score, settings: Scan) -> Verdict:
    """What the deciding scanner's score means under the mailbox's thresholds.

    Without `spam_score` the scanner's own opinion is taken. What is certain has to be spam in the first place: where
    the scanner alone says what is spam, a high score alone deletes nothing.
    """
    spam = score.spam if settings.spam_score is None else score.score >= settings.spam_score
    if not spam:
        return "ham"
    certain = settings.certain_score is not None and score.score >= settings.certain_score
    return "certain" if certain else "spam"
