"""What was caught is taught by the reporter as it runs to the real spamd, rspamd and sa-learn: their own statistics."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.documentation.snippets import snippet
from tests.reporter.caught import TRAP, Place
from tests.reporter.learning.school import Remembering, advertising, once, states, undo
from tests.servers.rspamd import PASSWORD
from tests.servers.rspamd import Rspamd as RspamdServer
from tests.servers.spamd import Spamd as SpamdServer
from trapline.filters.scanner import Learnt, Lesson
from trapline.filters.spamd import Spamd
from trapline.reporter.learning.pupil import pupil


def test_spamd_learns_counts_and_forgets_what_was_caught(school: Place, spamd: SpamdServer) -> None:
    school.options["filters"] = {"spamd": {"address": spamd.address}}
    real, before = pupil(school.settings, None), spamd.learned()
    caught = [school.catch(advertising(number)) for number in (1, 2)]
    assert once(school, real) == 0
    assert spamd.learned() == {"spam": before["spam"] + 2, "ham": before["ham"]}
    assert [state for state, _ in states(school)] == ["learned", "learned"]
    assert undo(school, caught[0].id) == "spamd forgets it"
    undo(school, caught[1].id, as_ham=True)
    assert once(school, real) == 0
    assert spamd.learned() == {"spam": before["spam"], "ham": before["ham"] + 1}
    assert {state for state, _ in states(school)} == {"forgotten", "ham"}
    undo(school, caught[1].id)
    once(school, real)
    assert spamd.learned() == before


def test_spamd_learns_no_token_of_the_trap_nor_of_what_was_taken_out(school: Place) -> None:
    with SpamdServer() as own:
        school.options["filters"] = {"spamd": {"address": own.address}}
        school.catch(b"Received: from x (y [11.0.0.5]) by mx.trap-mx.com with ESMTP; Sat\n" + advertising(3))
        assert once(school, pupil(school.settings, None)) == 0
        assert own.knows("mapledk", "oakdk") == {"mapledk", "oakdk"}
        ours = ("hidden", "canary7", "hidden.canary7", "trap-mx.com", "mx.trap-mx.com", "D*trap-mx.com")
        marks = ("redacted", "redacted.invalid", "recipient", "recipient-1", "recipient-1@redacted.invalid", "invalid")
        assert own.knows(*ours, *marks, "HTo:U*hidden.canary7", "HTo:D*trap-mx.com") == set()


def test_rspamd_learns_counts_and_takes_back_what_was_caught(school: Place, rspamd: RspamdServer) -> None:
    urls = {"url": rspamd.url, "controller": rspamd.controller}
    school.options |= {"filters": {"rspamd": urls}, "learning": {"filter": "rspamd", "mode": "auto"}}
    real, before = pupil(school.settings, PASSWORD), rspamd.learned_of_each()
    caught = school.catch(advertising(11))
    assert once(school, real) == 0
    assert rspamd.learned_of_each() == {"spam": before["spam"] + 1, "ham": before["ham"]}
    assert undo(school, caught.id).startswith("rspamd has no way to forget: undo it with --as-ham")
    assert undo(school, caught.id, as_ham=True) == "rspamd learns it as ham"
    assert once(school, real) == 0
    assert rspamd.learned_of_each() == {"spam": before["spam"], "ham": before["ham"] + 1}
    assert states(school) == [("ham", None)]


def test_to_rspamd_a_lesson_is_the_very_text_without_the_trap(school: Place, rspamd: RspamdServer) -> None:
    urls = {"url": rspamd.url, "controller": rspamd.controller}
    school.options |= {"filters": {"rspamd": urls}, "learning": {"filter": "rspamd", "mode": "auto"}}
    real = pupil(school.settings, PASSWORD)
    assert real is not None
    bare = advertising(12).replace(f"To: {TRAP}\n".encode(), b"").replace(b"hidden.canary7", b"")
    marked = bare.replace(b"Dear ", b"Dear recipient-1@redacted.invalid")
    assert real.learn(bare, "spam") is Learnt.LEARNT
    school.catch(advertising(12))
    once(school, real)
    ((state, why),) = states(school)
    assert state == "learned"
    assert why is not None
    assert why.startswith("nothing new"), "rspamd knows a message by its tokens: these were all there"
    assert real.learn(marked, "spam") is Learnt.LEARNT, "a mark in the trap's place would have been seen"


def test_sa_learn_reads_the_folder_and_forgets_from_it(school: Place, tmp_path: Path) -> None:
    with SpamdServer() as own:
        folder = own.folder / "learning"
        school.options["learning"] = {"filter": "sa-learn", "mode": "auto", "folder": str(folder)}
        caught = school.catch(advertising(21)), school.catch(advertising(22))
        assert once(school, pupil(school.settings, None)) == 0
        assert run_sa_learn(own, folder) == {"spam": 2, "ham": 0}
        assert undo(school, caught[0].id) == "sa-learn forgets it"
        undo(school, caught[1].id, as_ham=True)
        assert once(school, pupil(school.settings, None)) == 0
        assert sorted(file.parent.name for file in folder.glob("*/*")) == ["forget", "ham"]
        assert run_sa_learn(own, folder) == {"spam": 0, "ham": 1}
        assert run_sa_learn(own, folder) == {"spam": 0, "ham": 1}, "it can be run as often as one likes"


def run_sa_learn(own: SpamdServer, folder: Path) -> dict[str, int]:
    """What an administrator's timer does, as the page has it; the statistics after it."""
    subprocess.run(["chown", "-R", "nobody", str(folder)], check=True)
    loop = snippet("docs/learning.md", "for kind in").replace("/var/lib/trapline/learning", str(folder))
    loop = loop.replace("sa-learn --", f"{shlex.join(own.sa_learn_command())} --")
    subprocess.run(["sh", "-euc", loop], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return own.learned()


# --- once, and no more than wanted


def test_what_was_learned_at_the_moment_of_a_kill_is_counted_once(school: Place, spamd: SpamdServer) -> None:
    school.options["filters"] = {"spamd": {"address": spamd.address}}
    real, before = Spamd(school.settings.filters.spamd), spamd.learned()

    class Killed(Remembering):
        def learn(self, message: bytes, lesson: Lesson) -> Learnt:
            real.learn(message, lesson)
            raise KeyboardInterrupt

    school.catch(advertising(31))
    with pytest.raises(KeyboardInterrupt):
        once(school, Killed())
    assert [state for state, _ in states(school)] == ["due"]
    assert once(school, real) == 0
    assert states(school) == [("learned", None)]
    assert spamd.learned()["spam"] == before["spam"] + 1
