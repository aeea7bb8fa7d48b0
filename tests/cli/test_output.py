"""Tables as commands print them."""

import json

import pytest

from trapline.cli import output
from trapline.cli.output import as_json, print_list, printed_table

CELLS = ("2026-11-21 21:12", "c567bbeaeb3d9803", "offers@other-shop.com", "Cheap pills", "to be forgotten")


@pytest.mark.parametrize("terminal", range(40, 120))
def test_nothing_is_cut_off_however_wide_the_terminal_is(
    terminal: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(terminal))
    with printed_table("changed (UTC)", "id", "from", "subject", "state", fold=("from", "subject", "state")) as row:
        row(*CELLS)
    printed = capsys.readouterr().out
    shown = printed.partition("─\n")[2]
    assert sorted(shown.replace("\n", "").replace(" ", "")) == sorted("".join(CELLS).replace(" ", ""))
    needed = 16 + 16 + 12 + 11 + 12 + 5 * 3
    assert max(map(len, printed.splitlines())) <= max(terminal, needed)


def rows_of(number: int) -> list[tuple[str, str, str]]:
    """What of the first ones is as long as any."""
    return [("11.0.0.1", "offers@other-shop.com" * (place % 3), f"{place}") for place in range(number)]


def printed(number: int, capsys: pytest.CaptureFixture[str]) -> str:
    with printed_table("address", "from", "hits", fold=("from",), right=("hits",), whole="from") as row:
        for cells in rows_of(number):
            row(*cells)
    return capsys.readouterr().out


def test_a_table_of_many_pages_looks_like_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    whole = printed(10, capsys)
    monkeypatch.setattr(output, "PAGE_ROWS", 3)
    assert printed(10, capsys) == whole


def test_of_a_long_table_no_more_than_a_page_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "PAGE_ROWS", 3)
    seen = []
    with printed_table("address", "from", "hits", fold=("from",)) as row:
        for cells in rows_of(8):
            row(*cells)
            seen.append(capsys.readouterr().out.count("11.0.0.1"))
    assert seen == [0, 0, 0, 3, 0, 0, 3, 0]
    assert capsys.readouterr().out.count("11.0.0.1") == 2


def test_a_later_page_breaks_nothing_that_can_not_be_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "PAGE_ROWS", 1)
    monkeypatch.setenv("COLUMNS", "20")
    with printed_table("address", "from", fold=("from",)) as row:
        row("11.0.0.1", "x")
        row("2a00:1450:4001:830::200e", "y")
    assert "2a00:1450:4001:830::200e   y" in capsys.readouterr().out


@pytest.mark.parametrize("values", [[], [1], [{"a": "\x9b", "b": None}, {"a": "ü", "b": [1, 2]}, 3.5]])
def test_a_list_is_printed_one_by_one_a_line_each(values: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    print_list(iter(values))
    printed = capsys.readouterr().out
    assert json.loads(printed) == values
    assert printed.splitlines() == (",\n ".join(map(as_json, values)).join("[]")).splitlines()
