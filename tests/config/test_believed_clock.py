"""A clock that jumps is doubted before anything is dropped by it."""

from datetime import UTC, datetime, timedelta

from trapline.config.believed_clock import JUMP, PROOF, STEP, Believed, from_text, look

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
YEARS = timedelta(days=3000)
HOUR = timedelta(hours=1)


def looks(*times: datetime, known: Believed | None = None) -> list[bool]:
    """Whether each of these times was believed, one after the other."""
    found = []
    for now in times:
        known, believed = look(known, now)
        found.append(believed)
    return found


def test_the_first_time_and_what_goes_on_from_there_is_believed() -> None:
    assert looks(NOON, NOON + timedelta(seconds=5), NOON + JUMP, NOON + 2 * JUMP) == [True] * 4


def test_a_jump_is_not_and_once_it_is_corrected_all_is_well() -> None:
    for jump in (YEARS, -YEARS):
        assert looks(NOON, NOON + jump, NOON + jump + PROOF / 2, NOON, NOON + JUMP) == [True, False, False, True, True]


def test_a_time_that_goes_on_is_believed_in_the_end() -> None:
    """The reporter was off for years, or the clock was wrong before."""
    for jump in (YEARS, -YEARS):
        for step in (STEP / 10, STEP, HOUR):
            going_on = [NOON + jump + number * step for number in range(PROOF // step)]
            assert looks(NOON, *going_on, NOON + jump + PROOF, NOON + jump + PROOF + HOUR) == [
                True,
                *[False] * len(going_on),
                True,
                True,
            ]


def test_a_clock_that_is_looked_at_once_a_day_takes_days_to_prove_itself() -> None:
    later = [NOON + YEARS + timedelta(days=number) for number in range(8)]
    assert looks(NOON, *later) == [True, *[False] * 6, True, True]


def test_a_clock_that_is_looked_at_once_a_week_is_believed_every_third_time() -> None:
    """Else nothing would ever be dropped by `reporter --once` in a weekly job."""
    assert looks(*(NOON + number * timedelta(days=7) for number in range(7))) == [True, *[False, False, True] * 2]


def test_a_second_jump_is_not_proof_enough() -> None:
    first, minute = NOON + timedelta(days=4), timedelta(minutes=1)
    assert looks(NOON, first, first + minute + YEARS, first + 2 * minute + YEARS) == [True, False, False, False]
    assert looks(NOON, first, first + timedelta(days=2), first + timedelta(days=2) + minute) == [True] + [False] * 3
    assert looks(NOON, NOON + 2 * YEARS, NOON + YEARS, NOON + YEARS + PROOF / 2) == [True, False, False, False]


def test_seconds_back_do_not_begin_the_proof_anew() -> None:
    times = [NOON + YEARS + number * HOUR - timedelta(seconds=number % 2) for number in range(8)]
    assert looks(NOON, *times)[-1]


def test_one_host_with_a_wrong_clock_never_proves_it_while_another_goes_right() -> None:
    times = [NOON + hours * timedelta(hours=1) + wrong for hours in range(24) for wrong in (timedelta(0), YEARS)]
    assert looks(*times) == [True, False] * 24


def test_what_is_known_can_be_kept_as_text() -> None:
    for known in (Believed(NOON), Believed(NOON, NOON + YEARS, 2 * HOUR)):
        assert from_text(known.text()) == known


def test_the_time_is_kept_every_few_minutes_only() -> None:
    known = Believed(NOON)
    assert look(known, NOON + STEP / 2)[0] is known
    assert look(known, NOON + STEP)[0] == Believed(NOON + STEP)
