"""The list as JSON: all that is known of each entry, an entry a line within one document.

Traps stand in it by their labels. So does the minute of each hit: it is for the operator, and its file for nobody else.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, Stamp
from trapline.blocklist.stretches import VERSIONS, Stretch
from trapline.config.networks import shown

_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(", ", ": "))


def details(answers: Answers) -> Format:
    """The format: `{"written": TIME, "entries": [{…}, …]}`."""

    def networks(entries: Iterable[Entry]) -> bytes:
        return ",\n".join(_ENCODER.encode(_object(entry, answers)) for entry in entries).encode("ascii")

    def hosts(stretch: Stretch) -> bytes:
        return networks(stretch.entries)

    sections = tuple(Section(version, hosts, networks) for version in VERSIONS)
    return Format(sections, _head, foot=b"\n]}\n", between=b",\n")


def _head(stamp: Stamp) -> bytes:
    return f'{{"written": "{_time(stamp.at)}", "entries": [\n'.encode("ascii")


def _object(entry: Entry, answers: Answers) -> dict[str, object]:
    return {
        "network": shown(entry.network),
        "first_hit": _time(entry.first_hit),
        "last_hit": _time(entry.last_hit),
        "hits": entry.hits,
        "labels": entry.labels,
        "last_label": entry.last_label,
        "reason": entry.reason,
        "expires": None if entry.expires is None else _time(entry.expires),
        "repeated": entry.repeated,
        "codes": [f"127.0.0.{code}" for code in answers.all_codes(entry)],
    }


def _time(moment: datetime) -> str:
    """RFC 3339, in UTC, to the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
