"""The lines for Postfix's maps, asked of Postfix itself."""

import os
import subprocess
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from trapline.traps.line import new_line
from trapline.traps.postfix import ALIAS_MAP, PATTERN_MAP, TARGET, map_line

SNIPPETS = Path(str(files("trapline.config") / "postfix"))


def answer(tmp_path: Path, what: str, recipient: str, local_domains: Sequence[str] = ()) -> str:
    """What Postfix finds for `recipient` in a map with the line for `what`."""
    needed = map_line(new_line(what, "x")[1], local_domains)
    # The POSIX expressions of regexp: are always there and know what these patterns use; pcre: is a package of its own.
    kind = {ALIAS_MAP: "texthash", PATTERN_MAP: "regexp"}[needed.map]
    source, main = tmp_path / "map", tmp_path / "main.cf"
    for file, text in ((source, needed.line), (main, "myhostname = mx.invalid")):
        file.write_text(f"{text}\n", encoding="utf-8")
        os.utime(file, (0, 0))  # for a file that has just changed Postfix waits a second or two
    command = ["postmap", "-c", str(tmp_path), "-q", recipient, f"{kind}:{source}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("what", "recipient", "another"),
    [
        ("Hidden1@MX.com", "hidden1@mx.com", "anna@mx.com"),
        ("@old-shop.com", "@old-shop.com", "@shop.com"),
        ("anna+*@mx.com", "Anna+shop@mx.com", "anna@mx.com"),
        ("anna+*@mx.com", "anna+@mx.com", "annaa+x@mx.com"),
        ("/info[0-9]+@mx[.]com/", "info12@mx.com", "xinfo12@mx.com"),
        ("/info1|info2@mx[.]com/", "info2@mx.com", "info2@mx.com.evil.com"),
        (r"/a\/b@mx[.]com/", "a/b@mx.com", "a@mx.com"),
    ],
)
def test_a_trap_is_a_known_recipient_and_nobody_else_becomes_one(
    tmp_path: Path, what: str, recipient: str, another: str
) -> None:
    assert answer(tmp_path, what, recipient) == TARGET
    assert answer(tmp_path, what, another) == ""


@pytest.mark.parametrize(
    ("what", "recipient"),
    [
        ("hidden1@mx.com", "hidden1"),  # virtual(5): what is asked for, of each local domain and address literal
        ("anna+*@mx.com", "anna+x@mx.com"),
        ("anna+*@mx.com", "anna+x@localhost"),
        ("anna+*@mx.com", "anna+x@[11.0.0.1]"),
        ("anna+*@shop.com", "anna+x@shop.com"),
    ],
)
def test_in_a_local_domain_a_trap_is_one_under_all_its_names(tmp_path: Path, what: str, recipient: str) -> None:
    local = ("mx.com", "localhost")
    assert answer(tmp_path, what, recipient, local) == TARGET
    assert answer(tmp_path, what, "anna+x@xmx.com", local) == ""


def test_a_whole_domain_must_be_one_that_postfix_receives() -> None:
    assert "virtual_alias_domains" in map_line(new_line("@old-shop.com", "x")[1]).then


def test_maps_and_target_are_those_of_the_files_that_we_ship() -> None:
    example = (SNIPPETS / "trapline").read_text(encoding="utf-8")
    assert ALIAS_MAP in example
    assert TARGET in example
    main = (SNIPPETS / "main.cf").read_text(encoding="utf-8")
    assert f"hash:{ALIAS_MAP}" in main
    assert TARGET.partition("@")[2] in main
