"""Which folders are read: the server tells which one is Junk, and a name that is not there is said."""

from typing import Any

import pytest

from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.answers import Folder
from trapline.mailboxes.folders import wanted

INBOX = Folder("INBOX", frozenset(), selectable=True)
SPAM = Folder("[Gmail]/Spam", frozenset({"\\junk"}), selectable=True)
LOOKALIKE = Folder("Junk", frozenset(), selectable=True)
PARENT = Folder("[Gmail]", frozenset({"\\noselect", "\\junk"}), selectable=False)
EVERY = (PARENT, INBOX, LOOKALIKE, SPAM)


def names(*folders: Folder, **keys: Any) -> list[str]:
    table = {"name": "anna", "role": "junk", "host": "imap.gmail.com", "user": "anna@gmail.com"}
    found, missing = wanted(Mailbox.model_validate(table | keys), folders)
    return [*found, *missing]


def test_junk_is_the_folder_with_that_special_use_whatever_it_is_called() -> None:
    assert names(*EVERY) == ["[Gmail]/Spam"]


def test_a_honeypots_inbox_is_read_and_a_junk_folder_only_where_there_is_one() -> None:
    assert names(*EVERY, role="honeypot") == ["[Gmail]/Spam", "INBOX"]
    assert names(INBOX, role="honeypot") == ["INBOX"]


def test_a_folder_may_be_named_and_the_inbox_in_any_case() -> None:
    assert names(*EVERY, folders=["Junk", "inbox", "Junk"]) == ["Junk", "INBOX"]


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        ([], "anna: no folder has the special use \\Junk: was it renamed or removed?"),
        (["junk"], 'anna: there is no folder "junk": was it renamed or removed?'),
    ],
)
def test_what_is_missing_is_said_with_what_there_is(folders: list[str], said: str) -> None:
    (sentence,) = names(INBOX, LOOKALIKE, folders=folders)
    assert sentence == f'{said} Set folders to one of: "INBOX", "Junk"'


def test_an_address_in_a_folders_name_is_not_shown_since_a_honeypots_is_a_trap() -> None:
    shared = Folder("user/anna@gmail.com/Junk", frozenset(), selectable=True)
    (sentence,) = names(shared, folders=["user/ANNA@gmail.com/Spam"])
    assert "user/…/Spam" in sentence
    assert sentence.endswith('Set folders to one of: "user/…/Junk"')
