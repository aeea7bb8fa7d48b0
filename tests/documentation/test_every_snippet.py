"""Every snippet of README.md and docs/ is run by a test, and every test's snippet is there."""

from pathlib import Path

from tests.documentation.snippets import of_page, snippets, taken


def test_every_snippet_is_run_by_a_test() -> None:
    """Where this fails: have a test take the new snippet by `snippet(page, beginning)`, and run it."""
    not_run = [
        str(one)
        for one in snippets()
        if not one.settings  # test_settings.py
        and not one.ours  # test_commands.py
        and not one.taken
    ]
    assert not_run == []


def test_every_snippet_that_a_test_runs_is_on_its_page() -> None:
    gone = [
        (page, beginning)
        for page, beginning in taken()
        if sum(one.page == page and one.text.startswith(beginning) for one in snippets()) != 1
    ]
    assert gone == []


def test_indented_and_fenced_blocks_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text\n\n    trapline status\n\n    trapline top\n\nText\n\n```toml\n[dqs]\n\n    mode = 'x'\n```\n"
    )
    found = [(one.line, one.text) for one in of_page(page, "page.md")]
    assert found == [(10, "[dqs]\n\n    mode = 'x'"), (3, "trapline status\n\ntrapline top")]
