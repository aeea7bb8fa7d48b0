"""The states that a command takes or names are those that the rooms have.

Where the room's own list would load the database's libraries with every command, the command writes it again.
"""

from typing import get_args

import pytest

from trapline.blocklist import listing
from trapline.cli import blocklist_output, learn, submissions
from trapline.reporter.learning import lessons
from trapline.reporter.submission import queue


@pytest.mark.parametrize(
    ("taken", "there"),
    [(submissions.State, queue.State), (learn.StateOption, lessons.State)],
    ids=["submissions", "learn"],
)
def test_a_command_takes_each_state_that_there_is(taken: object, there: object) -> None:
    assert sorted(get_args(taken)) == sorted(get_args(there))


def test_each_state_of_an_entry_has_its_words() -> None:
    assert sorted(blocklist_output.STATES) == sorted(get_args(listing.State))
