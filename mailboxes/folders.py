"""Which of a server's folders are read: those with a special use, or a name, as the mailbox's table wants them. Pure.

Source: RFC 6154, 2 (special use). Names are not guessed: "Junk", "Spam" and "Bulk" are told apart by the server alone.
"""

from collections.abc import Sequence

from trapline.config.mailbox_texts import JUNK
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.answers import Folder
from trapline.mailboxes.errors import SessionError
from trapline.mailboxes.hidden import Hidden

MAX_SHOWN = 20  #: folders that an error names


class NoFolder(SessionError):
    """A folder that mail is to be filed in is not there."""


def wanted(mailbox: Mailbox, there: Sequence[Folder]) -> tuple[list[str], list[str]]:
    """The names of the folders to read, each once, and a sentence for each that is missing."""
    found: list[str] = []
    missing: list[str] = []
    for name in mailbox.wanted_folders:
        names = [folder.name for folder in there if folder.selectable and _is(folder, name)]
        found += names
        if not names and not (name == JUNK and mailbox.role == "honeypot" and not mailbox.folders):
            missing.append(_sentence(mailbox, name, there))
    return list(dict.fromkeys(found)), missing


def target(there: Sequence[Folder], name: str) -> str:
    """The server's name for the folder that mail is to be filed in; it is never made. Raises NoFolder."""
    found = next((folder.name for folder in there if folder.selectable and _is(folder, name)), None)
    if found is not None:
        return found
    if name.startswith("\\"):
        raise NoFolder(f"the server names no folder with the special use {name}: say which one it is by its name")
    raise NoFolder(f'there is no folder "{name}": create it in your mail program, or name another')


def _is(folder: Folder, name: str) -> bool:
    if name.startswith("\\"):
        return name.lower() in folder.flags
    return folder.name == name or (name.upper() == "INBOX" == folder.name.upper())


def _sentence(mailbox: Mailbox, name: str, there: Sequence[Folder]) -> str:
    names = ", ".join(f'"{folder.name}"' for folder in there[:MAX_SHOWN] if folder.selectable)
    what = f"no folder has the special use {name}" if name.startswith("\\") else f'there is no folder "{name}"'
    sentence = f"{what}: was it renamed or removed? Set folders to one of: {names or '(none)'}"
    return f"{mailbox.name}: {Hidden(mailbox).shown(sentence)}"
