"""Which traps are named as burnt or planted."""

import pytest

from trapline.reporter.decisions.burnt import INNOCENT, is_burnt
from trapline.reporter.decisions.listing import ASKED, DOUBTED, SPARED


@pytest.mark.parametrize(("hits", "spared"), [(5, 3), (5, 5), (100, 51)])
def test_one_that_mostly_innocent_senders_hit_is(hits: int, spared: int) -> None:
    assert is_burnt("pristine", hits, spared)


@pytest.mark.parametrize(
    ("hits", "spared"), [(5, 2), (100, 50), (100, 0), (0, 0)], ids=["mostly spam", "half", "spam", "nothing"]
)
def test_one_that_spammers_hit_is_not(hits: int, spared: int) -> None:
    assert not is_burnt("pristine", hits, spared)


def test_a_few_hits_tell_nothing() -> None:
    assert not is_burnt("pristine", 4, 4)


@pytest.mark.parametrize("kind", ["recycled", "typo", "-"])
def test_of_a_trap_that_was_somebodys_it_is_known(kind: str) -> None:
    assert not is_burnt(kind, 100, 100)


def test_what_tells_of_us_or_of_nobody_does_not_count() -> None:
    assert set(INNOCENT) < {*SPARED, *ASKED, *DOUBTED}
    assert not INNOCENT & {"own_user", "not_public", "our_own_network", "refused_already", "unreadable", "dnswl_silent"}
