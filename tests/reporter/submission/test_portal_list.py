"""What an item of submissions/list means, whatever the portal or somebody between us and it puts there."""

import doctest
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.submission import portal_list
from trapline.reporter.submission.portal_list import MAX_DATASETS, MAX_ID, MAX_NAME, Reviewed, digest, reviewed

NOON = "2026-11-21T12:00:00Z"


def an_item(**changes: Any) -> dict[str, Any]:
    table = {"id": "ip-1", "submission_type": "ip", "source": {"object": "11.0.0.66"}, "listed": None}
    return table | {"last_check": None} | changes


def told(**changes: Any) -> Reviewed:
    found = reviewed(an_item(**changes))
    assert found is not None
    return found


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(portal_list).failed == 0


@pytest.mark.parametrize("nothing", [None, [], [""], [None]])
def test_neither_listed_nor_checked_is_pending(nothing: object) -> None:
    assert told(listed=nothing).state == "pending"


@pytest.mark.parametrize("nothing", [None, []])
def test_checked_and_in_no_dataset_is_not_listed(nothing: object) -> None:
    found = told(listed=nothing, last_check=NOON)
    assert (found.state, found.datasets) == ("checked", ())
    assert found.checked_at == datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_listed_counts_without_a_check_too() -> None:
    found = told(listed=["SBL", "XBL", "SBL"])
    assert (found.state, found.datasets, found.checked_at) == ("listed", ("SBL", "XBL"), None)


@pytest.mark.parametrize(
    "moment", [NOON, "2026-11-21T13:00:00+01:00", "2026-11-21 12:00:00", 1795262400, 1795262400000]
)
def test_a_time_is_read_in_every_form_that_was_seen(moment: object) -> None:
    assert told(last_check=moment).checked_at == datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["soon", 1e300, True, {"at": 1}])
def test_a_check_whose_time_makes_no_sense_is_still_a_check(moment: object) -> None:
    found = told(last_check=moment)
    assert (found.state, found.checked_at) == ("checked", None)


def test_of_an_echoed_mail_only_the_digest_is_kept() -> None:
    found = told(submission_type="email", source={"object": "Subject: x\n\nsecret\n"})
    assert found.digest == digest("Subject: x\n\nsecret\n")
    assert "secret" not in repr(found)


def test_names_and_ids_are_bounded_and_printable() -> None:
    listed = [f"S\x1bBL{number}" for number in range(99)]
    found = told(id="\x1b[31m" + "x" * 999, listed=listed, submission_type="ip\n" * 999)
    assert len(found.portal_id) <= MAX_ID
    assert len(found.datasets) == MAX_DATASETS
    assert found.datasets[0] == "S?BL0"
    assert len(found.kind) <= MAX_NAME
    assert found.kind.startswith("ip?ip")


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": None}, {"id": True}, {"id": " "}, {"id": ["x"]}])
def test_what_has_no_id_is_left_aside(item: object) -> None:
    assert reviewed(item) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(listed=json_values, last_check=json_values, source=json_values, kind=json_values)
def test_no_json_makes_it_raise(listed: object, last_check: object, source: object, kind: object) -> None:
    assert told(listed=listed, last_check=last_check, source=source, submission_type=kind).portal_id == "ip-1"
