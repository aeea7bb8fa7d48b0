"""The commands of ours that the pages show are run, on a host on which a message was caught and reported."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.cli.test_blocklist import in_process
from tests.documentation.commands import COMMAND, NoSuchCommand, check
from tests.documentation.snippets import ROOT, Snippet, pages, snippets
from tests.reporter.caught import CLIENT, MESSAGE, TRAP, Place, RealClock
from tests.servers.portal import Portal
from trapline.cli.manual.commands import commands

LEARNING = {"filter": "spamd", "mode": "review"}  # so that a message waits for an answer
OF_THE_SYSTEM = ("install", "milter", "reporter", "mailboxes")
NO_IS_AN_ANSWER = ("traps test", "lookup", "blocklist why", "learn yes", "learn undo")  # which ends with 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Portal() as portal:
        place = Place(tmp_path_factory.mktemp("desk"), portal.url, clock=RealClock(), options={"learning": LEARNING})
        place.catch()
        assert place.once() == 0
        (place.folder / "trapline.toml").write_text(
            f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{place.folder}/spool"\n'
            f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n'
            '[learning]\nfilter = "spamd"\n[dqs]\nkey = "none"\nnameservers = ["127.0.0.1:9"]\n',
            encoding="utf-8",
        )
        (place.folder / "trapline.toml").chmod(0o600)
        (place.folder / "message.eml").write_bytes(MESSAGE)
        yield place


def here(place: Place, word: str) -> str:
    """What a page's example is on this host."""
    if word == "ID":
        return str(place.rows("SELECT id FROM messages")[0][0])
    examples = {"9.8.7.66": CLIENT, "9.8.7.0/24": "11.0.7.0/24", "FILE": str(place.folder / "message.eml")}
    return examples.get(word, word)


def every_command() -> list[tuple[Snippet, list[str]]]:
    return [(one, words) for one in snippets() for words in one.commands]


@pytest.mark.parametrize(("one", "words"), every_command(), ids=lambda it: " ".join(it) if isinstance(it, list) else "")
def test_each_command_works_as_it_stands(one: Snippet, words: Sequence[str], desk: Place) -> None:
    line = " ".join(words)
    check(words)
    if one.taken:
        return  # run by that test, with what it needs
    assert words[0] not in OF_THE_SYSTEM, (
        "have a test in tests/container take this snippet: it would change this machine"
    )
    done = in_process(*(here(desk, word) for word in words), config=desk.folder / "trapline.toml")
    assert done.code == 0 or (done.code == 1 and line.startswith(NO_IS_AN_ANSWER)), (str(one), done.output)
    assert TRAP not in done.output


def inline() -> Iterator[tuple[str, list[str]]]:
    """The commands within the pages' sentences and tables."""
    for page in pages():
        for code in re.findall(r"`(trapline [^`]+)`", page.read_text(encoding="utf-8")):
            plain = re.sub(r"[\[\]…]", "", " ".join(code.split()))
            for choice in plain.split(" && "):
                yield str(page.relative_to(ROOT)), re.sub(r"--count N", "--count 1", choice).split()[1:]


def test_each_command_that_a_sentence_names_is_there() -> None:
    found = list(inline())
    assert len(found) > 30
    wrong: list[str] = []
    for page, words in found:
        try:
            check(words, whole=False)
        except NoSuchCommand as error:
            wrong.append(f"{page}: {error}")
    assert wrong == []


def test_a_command_or_option_that_is_gone_is_found() -> None:
    for line in ("nonsense", "status --nonsense", "blocklist nonsense", "show"):
        with pytest.raises(NoSuchCommand):
            check(line.split())


def test_the_readme_says_which_commands_have_json_and_which_have_no_configuration() -> None:
    text = next(
        part for part in (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n") if "have `--json`" in part
    )
    first, with_json = " ".join(text.split()).split(" read none. ")
    context: Any = COMMAND.context_class(COMMAND, info_name="trapline", parent=None)
    for command, its in commands(COMMAND, context):
        options = {name for parameter in command.params for name in parameter.opts}
        name = its.command_path.partition(" ")[2]
        assert ("--config" not in options) == (f"`{name}`" in first.partition("; ")[2]), name
        told = any(f"`{one}`" in with_json.partition(" have `--json`")[0] for one in (name, name.partition(" ")[0]))
        assert told or "--json" not in options, name
