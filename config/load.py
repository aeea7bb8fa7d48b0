"""Reading the configuration: the TOML file, then the environment over it, into `Settings`, once.

An environment variable `TRAPLINE_DQS__MODE` gives `mode` in `[dqs]`; lists are written as in JSON or with commas.
Whatever is wrong (syntax, an unknown key, a wrong type, an impossible value) is an error that names file or variable,
key, value and what was expected. All errors are reported at once.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from trapline.config.errors import ConfigError, why_unread
from trapline.config.missing import is_missing
from trapline.config.secrets import check_config_mode
from trapline.config.settings import DEFAULT_CONFIG, Settings
from trapline.config.toml_syntax import table
from trapline.config.wrong_value import why, why_of_variable

PREFIX = "TRAPLINE_"
CONFIG_VARIABLE = "TRAPLINE_CONFIG"
MAX_CONFIG_BYTES = 1_000_000
MAX_SHOWN_LENGTH = 120  #: characters of a wrong value that an error repeats

# Their values are never shown, not even in an error.
_SECRET_KEYS = frozenset({"dqs.key", "spamhaus.token", "store.url"})
_SECRET_FILES = frozenset({"key_file", "token_file", "url_file", "password_file"})  # or, by mistake, the secret itself

# Tables of which there may be several stand in the file alone: a variable's name could not say which of them it means.
_LISTS = frozenset({"mailboxes", "zones"})
_LISTED = frozenset({"mailboxes"})  # of these, those without a name in their heading


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the file at `path` (else of TRAPLINE_CONFIG, else of /etc/trapline/trapline.toml).

    A file that was named must be there; the default one may be missing, then the defaults hold.
    Raises ConfigError: everything that is wrong, a line each.
    """
    environ = os.environ if environ is None else environ
    path, named = which_file(path, environ)
    table = _read(path) if named or not is_missing(path) else {}
    overrides, problems = _from_environment(environ)
    try:
        settings = Settings.model_validate(_merged(table, overrides))
    except ValidationError as error:
        problems += [_explain(problem, path, overrides, table) for problem in error.errors()]
        raise ConfigError("\n".join(problems)) from None
    if problems:
        raise ConfigError("\n".join(problems))
    if table:
        check_config_mode(path, table)
    return settings


def which_file(path: Path | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The configuration file that `load` reads, and whether somebody named it."""
    if path is not None:
        return path, True
    named = environ.get(CONFIG_VARIABLE)
    return (Path(named), True) if named else (DEFAULT_CONFIG, False)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the configuration: {why_unread(error)}") from None
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_CONFIG_BYTES} bytes; is this the right file?")
    try:
        return table(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


class _Environment(EnvSettingsSource):
    """Environment variables as a nested table, each text turned into the type that its key has."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002  pydantic's signature
        text, kind = str(value).strip(), get_origin(field.annotation)
        if kind not in {tuple, frozenset, dict}:
            return text
        if text.startswith(("[", "{")):
            with suppress(ValueError):  # "[::1]:5353" is no JSON either; of what is wrong the model names the key
                return json.loads(text)
        return text if kind is dict else [item.strip() for item in text.split(",") if item.strip()]


def _from_environment(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the variables set, and what is wrong with the names of others, a line each."""
    ours = {name: text for name, text in environ.items() if name.upper().startswith(PREFIX)}
    ours = {name: text for name, text in ours.items() if name.upper() != CONFIG_VARIABLE}
    sections = {f"{PREFIX}{section.upper()}" for section in Settings.model_fields if section not in _LISTS}
    known = ", ".join(sorted(f"{section}__…" for section in sections))
    problems: list[str] = []
    for name in tuple(ours):
        section, _, key = name.upper().partition("__")
        if section not in sections or not key:
            del ours[name]
            problems.append(f"environment variable {name}: no such setting. Known are {known} and {CONFIG_VARIABLE}")
    return _typed(Settings, _parsed(ours)), problems


def _parsed(variables: Mapping[str, str]) -> dict[str, Any]:
    """The nested table that pydantic-settings makes of `variables`."""

    class Adapter(BaseSettings):
        model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    source = _Environment(Adapter, env_prefix=PREFIX, env_nested_delimiter="__")
    source.env_vars = {name.lower(): text for name, text in variables.items()}
    table: dict[str, Any] = {}
    for section, field in Settings.model_fields.items():
        if section in _LISTS:
            continue
        try:
            nested = source.explode_env_vars(section, field, source.env_vars)
        except (SettingsError, ValueError) as error:
            raise ConfigError(f"environment variables {PREFIX}{section.upper()}__…: cannot be read: {error}") from None
        if nested:
            table[section] = nested
    return table


def _typed(model: type[BaseModel], table: Mapping[str, Any]) -> dict[str, Any]:
    """`table` with each text of a number or switch as that number or switch: the environment knows texts only."""
    typed: dict[str, Any] = {}
    for key, value in table.items():
        field = model.model_fields.get(key)
        annotation = field.annotation if field is not None else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and isinstance(value, Mapping):
            typed[key] = _typed(annotation, value)
        elif isinstance(value, str) and annotation in {int, float, bool} and not _reads_text(field):
            typed[key] = _scalar(annotation, value)
        else:
            typed[key] = value
    return typed


def _reads_text(field: FieldInfo | None) -> bool:
    """Whether the setting has a validator of ours for what is written: as an octal mode "0660" is no decimal number."""
    return field is not None and any(isinstance(each, BeforeValidator) for each in field.metadata)


def _scalar(annotation: Any, text: str) -> object:
    try:
        converted: object = TypeAdapter(annotation).validate_strings(text)
    except ValidationError:
        return text  # the model says what is wrong with it, with the key's name
    return converted


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`: tables are merged key by key, anything else is replaced (lists too)."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


def _explain(problem: Any, path: Path, overrides: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    """One error in words: where, key, value, what is wrong."""
    places = [place for place in problem["loc"] if place not in {"is-instance", "[key]"}]
    key = _key(places, table)
    names = [str(place) for place in places]
    given, value = _look_up(overrides, places)
    if given and places:  # no place: it is about several tables together
        said, source = why_of_variable(problem), _variables(names, value)
        if isinstance(value, Mapping) and _look_up(table, places)[0]:
            source = f"{path} or {source}"
    else:
        said, source = why(problem), str(path)
        given, value = _look_up(table, places)
    # A misspelt key may hold a secret, so its value is not shown either.
    hidden = _is_secret(names) or problem["type"] == "extra_forbidden" or _holds_tables(value)
    if key in _LISTED and isinstance(value, Mapping):
        return f"{source}: {key}: write [[{key}]], with two brackets, once for each of them"
    shown = f" = {_short(repr(value))}" if given and not hidden else ""
    return f"{source}: {key}{shown}: {said}" if key else f"{source}: {said}"


def _is_secret(names: Sequence[str]) -> bool:
    """Whether what stands at these names is secret, or may be."""
    return (
        ".".join(names[:2]) in _SECRET_KEYS
        or not _SECRET_FILES.isdisjoint(names[-1:])
        or (names[:1] == ["zones"] and names[-1:] == ["domain"])
    )


def _variables(names: Iterable[str], value: object) -> str:
    """What sets `value` in the environment: one variable, or those of a whole table."""
    name = f"{PREFIX}{'__'.join(name.upper() for name in names if not name.isdigit())}"
    return f"environment variables {name}__…" if isinstance(value, Mapping) else f"environment variable {name}"


def _key(places: list[Any], table: Mapping[str, Any]) -> str:
    """The setting at `places` as the file's author knows it: in one of several tables, by its name or their order."""
    if len(places) > 1 and places[0] in _LISTED:
        _, name = _look_up(table, [*places[:2], "name"])
        which = _short(repr(name)) if isinstance(name, str) and places[2:] != ["name"] else f"number {places[1] + 1}"
        return ": ".join(filter(None, (f"[[{places[0]}]] {which}", _key(places[2:], {}))))
    return "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places).lstrip(".")


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}…"


def _look_up(table: Any, places: list[Any]) -> tuple[bool, object]:
    """Whether `table` holds something at `places`, and what."""
    for place in places:
        if (isinstance(table, Mapping) and place in table) or (
            isinstance(table, list) and isinstance(place, int) and place < len(table)
        ):
            table = table[place]
        else:
            return False, None
    return True, table


def _holds_tables(value: object) -> bool:
    """Whether it is a table, or several: too long to show, and a honeypot's user is a trap."""
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(one, Mapping) for one in value))
