"""A mailbox's table `scan` is right, or the error says what is wrong."""

import pytest
from pydantic import ValidationError

from trapline.config.mailbox_scan import Scan


def test_the_first_scanner_decides_unless_another_is_named() -> None:
    assert Scan.model_validate({"scanners": ["rspamd", "spamd"]}).deciding == "rspamd"
    assert Scan.model_validate({"scanners": ["rspamd", "spamd"], "decides": "spamd"}).deciding == "spamd"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"scanners": []}, "scanners"),
        ({"scanners": ["spamd", "spamd"]}, '"spamd" is there twice'),
        ({"scanners": ["spamassassin"]}, "'spamd', 'rspamd' or 'zones'"),
        ({"decides": "zones"}, 'decides = "zones": that is not one of the scanners'),
        ({"spam_score": 9.0, "certain_score": 5.0}, "certain_score: .* lower than spam_score"),
        ({"learn_spam": "Teach", "learn_ham": "Teach"}, "learn_spam: .* different folders"),
        ({"folder": "Teach", "learn_ham": "Teach"}, "different folders"),
        ({"scanners": ["zones"], "learn_ham": "Teach"}, "no scanner here can learn"),
        ({"limit": -1}, "limit"),
        ({"spam_score": float("nan")}, "spam_score"),
    ],
)
def test_what_is_wrong_is_said(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Scan.model_validate(keys)
