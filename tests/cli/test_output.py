"""Tables as commands print them."""

import pytest

from trapline.cli.output import printed_table

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
