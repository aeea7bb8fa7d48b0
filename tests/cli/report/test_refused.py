"""Who was refused, counted from lines of the journal, where any user of the host may write."""

import json
from datetime import UTC, date, datetime

from trapline.cli.report.refused import MAX_ZONES, OTHERS, counted, matches, objection

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def line(zone: object = "zen", event: str = "refused", at: datetime = NOON) -> bytes:
    table = {"__REALTIME_TIMESTAMP": str(int(at.timestamp() * 1_000_000)), "ZONE": zone, "TRAPLINE_EVENT": event}
    return json.dumps(table).encode() + b"\n"


def test_recipients_are_counted_by_day_and_zone() -> None:
    lines = [line(), line(), line("dbl", "deferred"), line(at=NOON.replace(day=20))]
    found = counted(lines)
    assert found.by_day == {
        (date(2026, 11, 21), "zen"): 2,
        (date(2026, 11, 21), "dbl"): 1,
        (date(2026, 11, 20), "zen"): 1,
    }
    assert found.zones == ("zen", "dbl")
    assert found.first == NOON.replace(day=20)


def test_what_is_no_line_of_ours_is_passed_over() -> None:
    others = [
        b"",
        b"{",
        b"[]",
        b"null",
        line(["zen", "dbl"]),
        line([110, 111]),
        line(event="trapped"),
        b'{"ZONE": "zen"}',
    ]
    assert counted(others).by_day == {}
    assert counted([b'{"ZONE": "zen", "TRAPLINE_EVENT": "refused", "__REALTIME_TIMESTAMP": "9e99"}']).first is None
    assert counted([b'{"ZONE":"z","TRAPLINE_EVENT":"refused","__REALTIME_TIMESTAMP":"%s"}' % (b"9" * 30)]).first is None


def test_a_flood_of_zones_is_bounded() -> None:
    found = counted(line(f"zone {number} " + "x" * 500) for number in range(1000))
    assert len(found.by_day) == MAX_ZONES + 1
    assert found.by_day[date(2026, 11, 21), OTHERS] == 1000 - MAX_ZONES
    assert all(len(zone) <= 30 for zone in found.zones)


def test_what_the_milters_unit_its_user_or_root_wrote_counts() -> None:
    events = "TRAPLINE_EVENT=refused TRAPLINE_EVENT=deferred"
    unit = f"_SYSTEMD_UNIT=trapline-milter.service {events}"
    assert " ".join(matches(987)) == f"{unit} + _UID=0 _UID=987 {events}"
    assert " ".join(matches(None)) == f"{unit} + _UID=0 {events}"


def test_a_journal_that_can_not_be_read_whole_is_not_counted() -> None:
    """The words are those of journalctl 252."""
    denied = "No journal files were opened due to insufficient permissions.\n"
    partly = "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups ...\n"
    assert objection(1, denied) == f"{denied.strip()} Run it as root, or as a member of the group systemd-journal"
    assert "may not read all of the journal" in (objection(0, partly) or "")
    assert objection(0, "No journal files were found.\n") == "this host keeps no journal"
    assert objection(0, "") is None
