"""The page of `trapline report --html`: what it says, and that nothing which others wrote becomes a part of it."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.reporter.caught import CLIENT, LABEL, TRAP, Place, RealClock, an_envelope, campaign, trap
from tests.servers.portal import Portal
from tests.servers.ripe_stat import RipeStat
from tests.servers.trapline_process import Run, run
from trapline.blocklist.by_hand import network
from trapline.cli.report.charts import Series, bars, columns, scale
from trapline.cli.report.elements import document, element
from trapline.cli.report.page import page
from trapline.cli.report.refused import Refused
from trapline.reporter.listing.by_hand import Word, add
from trapline.reporter.overview.period import period
from trapline.reporter.storage.schema import networks
from trapline.reporter.storage.store import Store

ATTACK = (
    "</title></style></svg><script>alert(1)</script><img src=//evil.com/x onerror=alert(1)>\" onload='x()'&\u202e\x01"
)
TAGS = (
    "html head meta title style body main header footer h1 h2 p b ul li section div details summary "
    "table thead tbody tr th td svg rect line text"
)


@pytest.fixture
def place(tmp_path: Path, portal: Portal) -> Place:
    return Place(tmp_path, portal.url, clock=RealClock())


def report(place: Place, *arguments: str, **environ: str) -> Run:
    config = place.folder / "trapline.toml"
    config.write_text(f'[store]\nurl = "{place.url}"\n', encoding="utf-8")
    return run("report", *arguments, config=config, environ=environ)


def made(place: Place, days: int = 30, refused: Refused | str = "Not asked.") -> bytes:
    with closing(Store.open(place.url)) as store, store.reading() as db:
        return page(period(db, datetime.now(UTC), days), refused, "mx.trap-mx.com")


def parsed(found: bytes) -> Any:
    """The page as a browser would read it; lxml's types are too wide for a test."""
    return html.document_fromstring(found)


def text(found: bytes) -> str:
    return " ".join(" ".join(parsed(found).itertext()).split())


def is_closed(found: bytes) -> None:
    """Nothing in the page runs, is fetched, or leads away; its policy says so to the browser, too."""
    tree = parsed(found)
    tags = {one.tag for one in tree.iter() if isinstance(one.tag, str)}
    assert tags <= set(TAGS.split())
    attributes = {name for one in tree.iter() for name in one.keys()}  # noqa: SIM118  an element is no mapping
    assert not {name for name in attributes if name.startswith("on") or name in {"href", "src", "style", "action"}}
    (style,) = tree.xpath("//style")
    assert not re.search(r"url\(|@import|@font-face|</", style.text)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_everything_that_an_admin_wants_is_there(place: Place, portal: Portal) -> None:
    with RipeStat() as ripe_stat:
        place.options["ripe_stat"] = {"api": ripe_stat.url}
        ripe_stat.knows(CLIENT)
        for number in range(3):
            place.catch(campaign(number))
        place.catch(campaign(4), recipients=(trap(label="forum"),), client="11.0.9.9", mail_from="")
        assert place.once() == 0
    portal.review(CLIENT, ["SBL"], datetime.now(UTC) + timedelta(minutes=30))
    place.options["spamhaus"] = {"review_minutes": 0.000001}
    place.once()
    today = datetime.now(UTC).date()
    found = made(place, refused=Refused({(today, "zen"): 1234, (today, "dbl"): 5}, datetime.now(UTC)))
    is_closed(found)
    said = text(found)
    for words in (
        f"{LABEL} pristine 3 0",
        "forum pristine 1 1",
        "4 messages caught",
        "NL: 3",
        "11.0.0.0/24 3 1",
        "PILLS-NET (Pills Hosting), AS64500, NL",
        "ip, listed: 1",
        "within 1 h, ip: 1",
        "zen: 1,234",
        "as this host's journal has it",
        "listed for hits: 1",
    ):
        assert words in said, words
    assert TRAP.encode() not in found
    assert f"{today:%d %b}, {LABEL}: 3" in said


def test_nothing_that_others_wrote_becomes_markup(place: Place) -> None:
    """A label, a network's name, a zone of the journal: each as an attack, none of which is more than words."""
    place.catch(recipients=(trap(label=ATTACK),), helo=ATTACK, client="11.0.9.9", mail_from="<script>@evil.com")
    place.once(None)
    with closing(Store.open(place.url)) as store, store.writing() as db:
        good_until = datetime.now(UTC) + timedelta(days=1)
        row = {"prefix": "11.0.9.0/24", "name": ATTACK, "holder": ATTACK, "country": "<b>"}
        db.execute(networks.insert().values(**row, good_until=good_until))
    today = datetime.now(UTC).date()
    found = made(place, refused=Refused({(today, ATTACK): 1}, None))
    is_closed(found)
    assert b"<script" not in found
    assert b"<img" not in found
    assert b"\x01" not in found
    assert "\u202e".encode() not in found
    tree = parsed(found)
    shown = ATTACK.replace("\u202e", "?").replace("\x01", "?")
    assert shown in [cell.text for cell in tree.iter("td")]
    assert any(f"{shown}: 1" in (one.text or "") for one in tree.iter("title"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_comes_back_as_text(one: str, other: str) -> None:
    found = document("t", "", "p", element("p", one, element("b", other), one, class_=other))
    tree = parsed(found)
    (paragraph,) = tree.iter("p")
    assert [child.tag for child in paragraph] == ["b"]
    assert [child.tag for child in tree.find("body").find("main")] == ["p"]


def test_no_data_is_said_in_each_section(place: Place) -> None:
    place.once(None)
    found = made(place)
    is_closed(found)
    assert "<rect" not in found.decode().partition("</header>")[2]
    for words in ("No trap was hit", "No client is known", "Nothing was answered", "Nobody was listed"):
        assert words in text(found)


def test_many_labels_share_a_colour_and_each_is_in_the_table(place: Place) -> None:
    envelope = an_envelope(recipients=tuple(trap(label=f"label {number:02}") for number in range(60)))
    place.catch(recipients=envelope.recipients)
    place.once(None)
    tree = parsed(made(place))
    (legend, *_) = tree.xpath("//ul[@class='legend']")
    assert [item.text_content() for item in legend] == [
        *(f"label {number:02}" for number in range(6)),
        "54 other labels",
    ]
    assert len([cell for cell in tree.iter("td") if (cell.text or "").startswith("label ")]) == 60


def test_the_list_is_shown_as_it_grew(place: Place) -> None:
    place.catch()
    place.once(None)
    with closing(Store.open(place.url)) as store, store.writing() as db:
        word = Word("anna", "seen before", datetime.now(UTC) - timedelta(days=3))
        add(db, network("11.0.77.0/24"), None, word, place.settings.blocklist)
    with closing(Store.open(place.url)) as store, store.reading() as db:
        days = period(db, datetime.now(UTC), 5).blocklist
    assert [(one.by_hits, one.by_hand, one.entries) for one in days] == [
        (0, 0, 0),
        (0, 1, 1),
        (0, 0, 1),
        (0, 0, 1),
        (1, 0, 2),
    ]


@pytest.mark.parametrize("days", [1, 366])
def test_columns_stay_in_their_chart_however_many_there_are(days: int) -> None:
    chart = columns(
        [str(day) for day in range(days)], [Series("a", "c0", [5] * days), Series("b", "c1", [7] * days)], "x"
    )
    assert len(chart.findall("rect")) == 2 * days
    for one in chart.findall("rect"):
        x, y, width, height = (float(one.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert x >= 56
        assert x + width <= 860
        assert y >= 12
        assert y + height <= 12 + 220 + 0.02


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = bars(["NL", "US"], [Series("", "c0", [30, 60])], "x")
    first, second = (float(one.get("width", "nan")) for one in chart.findall("rect"))
    assert second == pytest.approx(2 * first, abs=0.02)


@given(st.integers(0, 10**12))
def test_a_scale_is_short_round_and_reaches_the_highest(highest: int) -> None:
    step, top = scale(highest)
    assert top >= highest
    assert 1 <= top // step <= 5
    assert top % step == 0


@pytest.mark.parametrize(("highest", "wanted"), [(0, (1, 1)), (3, (1, 3)), (87, (25, 100)), (10_000, (2500, 10_000))])
def test_a_scale_has_round_steps_and_reaches_the_highest(highest: int, wanted: tuple[int, int]) -> None:
    assert scale(highest) == wanted


def test_the_file_is_the_owners_and_the_groups_and_an_older_one_keeps_its_mode(place: Place) -> None:
    place.catch()
    place.once(None)
    file = place.folder / "report.html"
    done = report(place, "--html", str(file))
    assert (done.code, done.output) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o640
    is_closed(file.read_bytes())
    file.chmod(0o644)
    file.write_bytes(b"older")
    assert report(place, "--html", str(file), "--days", "1").code == 0
    assert file.stat().st_mode & 0o777 == 0o644
    assert LABEL in file.read_text(encoding="utf-8")
    assert [one.name for one in place.folder.iterdir() if one.name.startswith(".report")] == []


def test_a_dash_prints_the_page_as_other_programs_do(place: Place) -> None:
    place.catch()
    place.once(None)
    printed = report(place, "--html", "-", "--no-journal")
    assert printed.code == 0
    is_closed(printed.stdout.encode())
    assert LABEL in printed.stdout
    assert report(place, "--html", "-", "--json").code == 2


def test_without_a_journal_the_page_says_why_and_whoever_asked_for_it_is_told(place: Place) -> None:
    place.once(None)
    file = place.folder / "report.html"
    assert report(place, "--html", str(file), PATH="/nowhere").code == 0
    assert "Not counted: journalctl can't be run" in text(file.read_bytes())
    told = json.loads(report(place, "--json", PATH="/nowhere").stdout)
    assert (told["refused"], told["refused_missing"].partition(":")[0]) == (None, "Not counted")
    asked = report(place, "--json", "--journal", PATH="/nowhere")
    assert (asked.code, "journalctl can't be run" in asked.stderr) == (1, True)
    assert "was not read" in json.loads(report(place, "--json", "--no-journal").stdout)["refused_missing"]


def test_a_page_that_can_not_be_written_leaves_the_older_one(place: Place) -> None:
    place.once(None)
    done = report(place, "--html", str(place.folder / "missing" / "report.html"))
    assert done.code == 1
    assert "missing: there is no such folder" in done.stderr


def test_as_json_it_is_the_same_numbers(place: Place) -> None:
    place.catch()
    place.once(None)
    found = json.loads(report(place, "--json", "--days", "7", "--no-journal").stdout)
    assert (found["messages"], len(found["days"]), found["refused"]) == (1, 7, None)
    assert [(one["label"], one["hits"]) for one in found["trap_days"]] == [(LABEL, 1)]
    assert found["countries"] == [["unknown", 1]]


def test_without_anything_to_write_or_to_report_it_says_so(place: Place) -> None:
    assert report(place).code == 2
    done = report(place, "--json")
    assert done.code == 1
    assert "there is no store" in done.stderr
