"""Looking keys up in Postfix's tables and lists, as Postfix does: by `postmap -q`, all at once. Nothing is changed.

Sources: postmap(1), DATABASE_README; postconf(5), mydestination, for lists whose elements are names, files or tables.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from trapline.config.postconf import PostfixError, run, words

MAX_FILE_BYTES = 10_000_000

_TABLE = re.compile(r"[a-z]+:")
_LISTABLE = re.compile(r"(?:btree|cdb|dbm|hash|inline|lmdb|sdbm|texthash):")  # of others `postmap -s` ends in an error
_BARE_PROXY = "proxy:"  # needs a running Postfix; the table behind it does not


def find(listed: str, keys: frozenset[str]) -> Mapping[str, str]:
    """Those of `keys` that are in `listed`: the elements of a setting; with their values, "" where there is none.

    Raises PostfixError: a table can't be asked, by this user or at all.
    """
    found: dict[str, str] = {}
    if not keys:
        return found
    for element in words(listed):
        for key, value in _of_element(element.removeprefix(_BARE_PROXY), keys).items():
            found.setdefault(key, value)
    return found


def entries(listed: str) -> Mapping[str, str]:
    """All that stands in those tables of `listed` that can be listed: not in expressions, nor in databases.

    Raises PostfixError: a table can't be asked.
    """
    found: dict[str, str] = {}
    for table in (element.removeprefix(_BARE_PROXY) for element in words(listed)):
        if _LISTABLE.match(table):
            pairs = (line.partition("\t") for line in run("postmap", "-s", table).splitlines())
            found = {key: value for key, _, value in pairs} | found
    return found


def names(listed: str) -> tuple[str, ...]:
    """Those elements of a setting that are names, in lower case: not files, tables, nor what is left out by a `!`."""
    found = (element.lower() for element in words(listed) if not element.startswith(("/", "!")))
    return tuple(dict.fromkeys(one for one in found if not _TABLE.match(one)))


def _of_element(element: str, keys: frozenset[str]) -> Mapping[str, str]:
    if element.startswith("/"):
        return _in_file(Path(element), keys)
    if _TABLE.match(element):
        return _in_table(element, keys)
    return {element.lower(): ""} if element.lower() in keys else {}


def _in_table(table: str, keys: frozenset[str]) -> Mapping[str, str]:
    """`postmap -q -` prints a line for each key that is there."""
    output = run("postmap", "-q", "-", table, given="".join(f"{key}\n" for key in sorted(keys)))
    pairs = (line.partition("\t") for line in output.splitlines())
    return {key: value for key, sign, value in pairs if sign}


def _in_file(path: Path, keys: frozenset[str]) -> Mapping[str, str]:
    """A file of such elements, one or more a line."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(MAX_FILE_BYTES)
    except OSError as error:
        raise PostfixError(f"{path}: {error.strerror}") from None
    named = {word.lower() for line in text.splitlines() for word in words(line.partition("#")[0])}
    return dict.fromkeys(named & keys, "")
