"""`trapline extract`: what would the reporter see in these messages, and what would it decide? Offline."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trapline.cli.content import facts
from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.output import say
from trapline.cli.progress import progress
from trapline.config.missing import is_folder
from trapline.config.printable import printable
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.reporter.planning import Verify


def extract(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Saved messages, or folders of them.")],
    json_output: JsonOption = False,
    trust_envelope: Annotated[
        bool,
        typer.Option(
            "--trust-envelope",
            help="Believe the envelope at the top of files that come from the spool.",
        ),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check SPF, DKIM and DMARC: this asks dqs.nameservers about the senders' names."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Show what would be seen and decided in saved mail.

    No network is used, unless --verify is given. Ends with 1 if a message could not be read in full.
    """
    from trapline.reporter.saved import Reader

    configured = settings(context, config)
    reader = Reader(configured, trust_envelope=trust_envelope, verify=_verifying(configured) if verify else None)
    failed = False
    every = tuple(_messages(files))
    with progress(silent=json_output) as told:
        for number, file in enumerate(every, 1):
            described = reader.describe(file)
            failed |= described["error"] is not None
            say(json.dumps(described) if json_output else _words(described))
            told("messages", number, len(every))
    if failed:
        raise typer.Exit(1)


def _verifying(configured: Settings) -> "Verify":
    from trapline.reporter.verification.verifier import verifier  # its libraries are not loaded for nothing

    return verifier(configured).check


def _messages(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, sorted; hidden ones and a Maildir's tmp/ are left out."""
    for path in paths:
        if is_folder(path):
            yield from sorted(
                file for file in path.rglob("*") if file.is_file() and _is_message(file.relative_to(path))
            )
        else:
            yield path


def _is_message(relative: Path) -> bool:
    return not any(part.startswith(".") for part in relative.parts) and "tmp" not in relative.parts[:-1]


def _words(described: dict[str, Any]) -> str:
    lines = [printable(described["file"])]
    for name, key in (("client", "client_address"), ("MAIL FROM", "mail_from"), ("subject", "subject")):
        lines.append(f"  {name + ':':<11}{printable(described[key]) if described[key] is not None else 'unknown'}")
    lines += [f"  {name + ':':<11}{fact}" for name, fact in facts(described["content"])]
    for kind in ("ip", "domain", "url", "email"):
        lines += [_decided(kind, item) for item in described[f"{kind}s"]]
    if described["error"] is not None:
        lines.append(f"  error:     {printable(described['error'])}")
    return "\n".join(lines)


def _decided(kind: str, item: dict[str, Any]) -> str:
    value = "the message, as a sample" if kind == "email" else printable(item["value"])
    return f"  {item['decision']:<7}{kind:<7}{value}  ({printable(item['reason'])})"
