"""The example configuration shows every setting with its default."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel

from trapline.config.dqs import Dqs
from trapline.config.load import load
from trapline.config.mailbox_scan import Scan
from trapline.config.mailboxes import Mailbox
from trapline.config.settings import Settings
from trapline.config.zones import OwnZone

# Secrets that stand in files of their own, and what takes a file's place; lists of tables are shown as comments.
NOT_SHOWN = {"dqs.key", "spamhaus.token", "store.url_file", "filters.rspamd.password_file", "mailboxes", "zones"}


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def shown(table: dict[str, object], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, value in table.items():
        found |= shown(value, f"{prefix}{name}.") if isinstance(value, dict) and value else {prefix + name}
    return found


# What a zone's settings, and the two replies, mean stands above them.
SAID_TOGETHER = (*(f"[dqs.{name}]" for name in Dqs.zone_names()), "[milter.replies]")

EXAMPLE = Path(str(files("trapline.config") / "examples" / "trapline.toml"))


def test_it_shows_every_setting_and_no_other() -> None:
    assert shown(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == keys(Settings) - NOT_SHOWN


def test_every_value_in_it_is_the_default(tmp_path: Path) -> None:
    example = tmp_path / "trapline.toml"
    example.write_bytes(EXAMPLE.read_bytes())
    assert load(example, {}).model_dump() == Settings().model_dump()


def test_it_says_of_every_setting_what_it_means() -> None:
    tables = re.split(r"^(?=\[)", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    unsaid = [
        table.partition("]")[0] + "] " + line
        for table in tables
        if not table.startswith(SAID_TOGETHER)
        for line in table.splitlines()
        if re.match(r"\w+ = ", line) and "  # " not in line
    ]
    assert unsaid == []


def test_the_commented_zone_shows_every_setting_of_one_with_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").partition("#[zones.office]\n")[2].partition("\n\n")[0]
    table = tomllib.loads("\n".join(line.removeprefix("#") for line in text.splitlines()))
    assert set(table) == set(OwnZone.model_fields)
    shown_as_examples = {"nameservers", "test_listed", "test_unlisted"}
    rest = {key: value for key, value in table.items() if key not in shown_as_examples}
    assert OwnZone.model_validate(rest) == OwnZone(domain=table["domain"])
    assert OwnZone.model_validate(table).test_points == OwnZone(domain=table["domain"]).test_points


def test_the_commented_mailbox_shows_every_setting_of_one() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").partition("#[[mailboxes]]\n")[2]
    table = tomllib.loads("\n".join(line.removeprefix("#") for line in text.splitlines() if line.startswith("#")))
    scan = table.pop("mailboxes")["scan"]
    assert set(table) | {"scan"} == set(Mailbox.model_fields)
    assert set(scan) == set(Scan.model_fields)
    shown_as_examples = {"decides", "spam_score", "certain_score", "learn_spam", "learn_ham"}
    assert Scan(**{key: value for key, value in scan.items() if key not in shown_as_examples}) == Scan()
    assert Scan.model_validate(scan).learn_ham == "Teach/Ham"
    either = {"password_command", "token_command"}  # of which there can be one
    one = Mailbox.model_validate({key: value for key, value in table.items() if key not in either} | {"move_to": None})
    of_the_mailbox = ("name", "role", "host", "port", "ca_file", "user", "password_file", "trust")
    least = Mailbox.model_validate({key: table[key] for key in of_the_mailbox})
    assert one.model_dump() == least.model_dump()
