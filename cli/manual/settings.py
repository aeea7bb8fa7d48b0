"""trapline.toml(5): every setting, in the example's words, with what the settings model says of its values."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trapline.cli.manual import example
from trapline.cli.manual.roff import Page
from trapline.config.settings import Settings

SUMMARY = "the configuration of trapline"

#: What the example does not show, since it is the other way to say what it shows.
BESIDE = {
    "dqs.key": "The key itself, instead of `key_file`; then others must not be able to read the configuration file.",
    "spamhaus.token": "The token itself, instead of `token_file`; likewise.",
    "store.url_file": "A file that holds the URL, instead of `url`.",
}

_SECRETS = """\
A secret comes from a systemd credential with the setting's name (`dqs.key`, `spamhaus.token`, `store.url`, …), else
from the file that `*_file` names, else from the configuration. An empty file counts as no secret. A world-readable
secret is an error."""

_BOUNDS = (("ge", "at least {}"), ("gt", "more than {}"), ("le", "at most {}"), ("lt", "less than {}"))


def page(version: str) -> Page:
    """The page of the configuration file."""
    shown = example.read((files("trapline.config") / "examples" / "trapline.toml").read_text(encoding="utf-8"))
    made = Page("trapline.toml", 5, SUMMARY, version)
    made.heading("Description")
    made.prose(shown.intro)
    made.prose(_SECRETS)
    made.heading("Settings")
    made.prose("Each with its default, or an example where it has none.")
    for table in shown.tables:
        _table(made, table)
    made.heading("Files")
    made.item("/etc/trapline/trapline.toml", "The configuration; `--config` or `TRAPLINE_CONFIG` names another one.")
    made.heading("See also")
    made.prose("trapline(1), trapline-traps(5)")
    return made


def _table(made: Page, table: example.Table) -> None:
    made.subheading(f"[{table.name}]")
    made.prose(_sentence(table.text))
    model = _model(table.name)
    for setting in table.settings:
        limits = _limits(model.model_fields[setting.name])
        made.item(f"{setting.name} = {setting.value}", _sentence(setting.text) + limits)
    for name, text in BESIDE.items():
        section, _, key = name.rpartition(".")
        if section == table.name:
            made.item(key, text)


def _sentence(text: str) -> str:
    """With a capital and a full stop, as a paragraph of its own needs them; names and values stay as they are.

    >>> _sentence("as in Postfix,"), _sentence("false: nobody"), _sentence("dqs.key")
    ('As in Postfix.', 'false: nobody.', 'dqs.key.')
    """
    text = text.rstrip(",")
    if re.match(r"[a-z]+[ ,;]", text):
        text = text[0].upper() + text[1:]
    return text if not text or text.endswith((".", "?")) else f"{text}."


def _model(name: str) -> type[BaseModel]:
    """The model of the table `name`. Raises KeyError: there is no such table."""
    model: type[BaseModel] = Settings
    parts = iter(name.split("."))
    for part in parts:
        annotation = model.model_fields[part].annotation
        model = next(_models(annotation))
        if get_origin(annotation) is dict:
            next(parts)  # a name that the administrator gives
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The model of a table; of a list or dictionary of tables that of each."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from _models(one)


def _limits(field: FieldInfo) -> str:
    """Which values there can be, where a list or bounds say so."""
    choices = [one for one in _literals(field.annotation) if one is not None]
    if choices:
        return f" One of {', '.join(_toml(one) for one in choices)}."
    said = [
        words.format(f"{bound:,}") for name, words in _BOUNDS for one in field.metadata
        if isinstance(bound := getattr(one, name, None), int | float)
    ]  # fmt: skip
    return f" A number of {' and '.join(said)}." if said else ""


def _literals(annotation: Any) -> Iterator[object]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for one in get_args(annotation):
        yield from _literals(one)


def _toml(value: object) -> str:
    return f'"{value}"'
