"""An event as a line in Postfix's manner, and as fields of the journal; nothing a client wrote can forge either."""

import doctest
import re
from ipaddress import ip_address
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config import events
from trapline.config.events import MAX_VALUE_LENGTH, MAX_VALUES, Dialogue, Event, Fact, trace
from trapline.dnsbl.health import News
from trapline.milter.watch import REACHED

ROOT = Path(__file__).parents[2]
DIALOGUE = Dialogue(ip_address("9.8.7.66"), "mail.pills.com", "4bXyZ1")


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(events).failed == 0


def test_the_queue_id_comes_first_then_the_client_and_the_facts() -> None:
    event = Event("refused", {"zone": "zen", "codes": ("127.0.0.2", "127.0.0.4")}, dialogue=DIALOGUE)
    assert str(event) == "4bXyZ1: refused client=mail.pills.com[9.8.7.66], zone=zen, codes=127.0.0.2,127.0.0.4"


def test_before_there_is_a_queue_id_it_is_noqueue_as_postfix_says() -> None:
    event = Event("probe", dialogue=Dialogue(ip_address("2001:db8::1"), None, None))
    assert str(event) == "NOQUEUE: probe client=unknown[2001:db8::1]"
    assert dict(event.fields()) == {"TRAPLINE_EVENT": "probe", "CLIENT_ADDRESS": "2001:db8::1"}


def test_where_no_client_is_known_none_is_named() -> None:
    event = Event("blocklist spared", {"rule": "unseen_client"}, dialogue=Dialogue(None, None, None))
    assert str(event) == "NOQUEUE: blocklist spared rule=unseen_client"


def test_the_same_facts_are_fields_each_value_one_of_its_own() -> None:
    event = Event("trapped", {"id": "57fe", "label": ("web, footer", "old shop"), "people": 0}, dialogue=DIALOGUE)
    assert list(event.fields()) == [
        ("TRAPLINE_EVENT", "trapped"),
        ("QUEUE_ID", "4bXyZ1"),
        ("CLIENT_ADDRESS", "9.8.7.66"),
        ("CLIENT_NAME", "mail.pills.com"),
        ("TRAPLINE_ID", "57fe"),
        ("TRAP_LABEL", "web, footer"),
        ("TRAP_LABEL", "old shop"),
        ("PEOPLE", "0"),
    ]
    assert 'label="web, footer|old shop", people=0' in str(event)


def test_a_name_of_two_words_is_one_word_in_the_journal() -> None:
    assert dict(Event("lookup error").fields()) == {"TRAPLINE_EVENT": "lookup-error"}


def test_a_sentence_stands_in_the_line_while_the_facts_stay_fields() -> None:
    event = Event("reload error", {"traps": 2}, text="reload error: the old traps stay in force")
    assert str(event) == "reload error: the old traps stay in force"
    assert dict(event.fields())["TRAPS"] == "2"


@pytest.mark.parametrize("value", ["x, zone=zen", 'x" zone=zen', "x\nrefused zone=zen", "x\0\x1b[2J", "", "a\u2028b"])
def test_what_a_client_wrote_ends_where_its_quotes_end(value: str) -> None:
    line = str(Event("refused", {"object": value, "stage": "RCPT"}, dialogue=DIALOGUE))
    assert line.isprintable()
    assert re.fullmatch(r'4bXyZ1: refused client=\S+, object=("[^"]*"|[^ "]+), stage=RCPT', line)


values = st.text(st.characters(), max_size=400)


@given(values, values, st.tuples(values, values))
def test_nothing_makes_a_second_line_or_a_field_of_its_own(name: str, sentence: str, several: tuple[str, str]) -> None:
    facts: dict[str, Fact] = {"object": name, "label": several}
    event = Event("refused", facts, dialogue=Dialogue(None, name, name), text=sentence)
    assert str(event).isprintable()
    assert all(value.isprintable() and len(value) <= MAX_VALUE_LENGTH for _, value in event.fields())
    names = [field for field, _ in event.fields()]
    assert names == ["TRAPLINE_EVENT", "QUEUE_ID", "CLIENT_NAME", "OBJECT", "TRAP_LABEL", "TRAP_LABEL"]


def test_a_helo_of_64_kib_and_a_thousand_labels_are_cut() -> None:
    event = Event("refused", {"object": "x" * 65_536, "label": tuple(map(str, range(1000)))})
    fields = list(event.fields())
    assert len(dict(fields)["OBJECT"]) == MAX_VALUE_LENGTH
    assert len(fields) == 2 + MAX_VALUES
    assert len(str(event)) < 1000


def test_a_trace_says_where_and_what_kind_but_never_what_the_error_says() -> None:
    try:
        try:
            raise ValueError("trap@mx.com\n4bXyZ1: refused")
        except ValueError as cause:
            raise RuntimeError("of trap@mx.com") from cause
    except RuntimeError as error:
        told = trace(error)
    assert "ValueError" in told
    assert told.endswith("RuntimeError")
    assert "in test_a_trace_says" in told
    assert "\n4bXyZ1" not in told
    assert told.count('"trap@mx.com') + told.count('"of trap@mx.com') == 2, "the lines of our own source alone"


def test_the_documentation_tells_every_event_that_there_is_and_no_other() -> None:
    rooms = ("config", "traps", "dnsbl", "milter", "mailboxes", "reporter", "cli")
    source = "".join(path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).rglob("*.py"))
    named = set(re.findall(r'\b_?[Ee]vent\(\s*"([a-z ]+)"', source)) | {"refused", "deferred"}
    named |= {*get_args(News), *(name for name, _ in REACHED.values())}
    log = (ROOT / "docs" / "log.md").read_text(encoding="utf-8")
    table = log.partition("| event | ")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert told == {name.replace(" ", "-") for name in named}
