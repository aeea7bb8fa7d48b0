import pytest

from trapline.reporter.submission.answers import ThreatType
from trapline.reporter.submission.threat_types import NoThreatTypeError, choose

SPAM = ThreatType("spam", "*")
DOCUMENTED = ThreatType("source-of-spam", "*")
SCAM = ThreatType("scam", "url")


def test_the_first_preference_that_the_account_has_is_taken() -> None:
    assert choose("ip", [DOCUMENTED, SPAM]) == "spam"
    assert choose("ip", [DOCUMENTED]) == "source-of-spam"


def test_a_url_is_a_scam_where_the_account_knows_that() -> None:
    assert choose("url", [SPAM, SCAM]) == "scam"
    assert choose("url", [SPAM]) == "spam"


def test_a_threat_type_counts_only_for_its_own_kind() -> None:
    only_for_mail = ThreatType("spam", "email")
    assert choose("email", [only_for_mail]) == "spam"
    with pytest.raises(NoThreatTypeError):
        choose("ip", [only_for_mail])


def test_nothing_is_guessed_and_the_error_says_what_there_is() -> None:
    with pytest.raises(NoThreatTypeError, match=r"domain.*spam, source-of-spam.*it has: malware, phish") as caught:
        choose("domain", [ThreatType("phish", "*"), ThreatType("malware", "*")])
    assert caught.value.exit_code == 1
