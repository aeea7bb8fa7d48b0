"""`trapline traps`: look at the trap files, test an address against them, add to them, make new addresses.

A trap is a secret: `list` and `test` name labels, and addresses are printed only to who asks for them or makes them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from trapline.cli.command import App
from trapline.cli.options import ConfigOption, JsonOption, check_address, settings
from trapline.cli.output import counted, printed_table
from trapline.config.missing import is_missing
from trapline.config.names import domain_name
from trapline.config.settings import Traps
from trapline.traps.append import append
from trapline.traps.errors import BadTrap
from trapline.traps.file import Entry, read
from trapline.traps.generate import MAX_COUNT, existing_locals, unused
from trapline.traps.line import new_line
from trapline.traps.matching import TrapSet
from trapline.traps.overview import Group, groups, misspelt_kinds
from trapline.traps.page import variants
from trapline.traps.postfix import ALIAS_MAP, MapLine, map_line
from trapline.traps.traps import Kind

app = App(help="Look at the trap addresses, and make new ones.", no_args_is_help=True)

LabelOption = Annotated[
    str,
    typer.Option("--label", metavar="TEXT", help="Where it is planted. Appears in logs: only the address is secret."),
]
KindOption = Annotated[
    Kind,
    typer.Option("--kind", help="pristine: never belonged to a person; recycled, typo: its senders may be innocent."),
]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="The trap file; needed if several are configured.")
]


@app.command()
def check(context: typer.Context, *, json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Check the trap files.

    Ends with 78 and FILE:LINE if one can't be read.
    """
    traps = settings(context, config).traps
    files = {path: read(path) for path in traps.files}
    lines = len(TrapSet.of_files(files, traps.recipient_delimiter, traps.local_domains))
    misspelt = misspelt_kinds(entry for entries in files.values() for entry in entries)
    names = [str(path) for path in traps.files]
    if json_output:
        typer.echo(json.dumps({"files": names, "lines": lines, "misspelt_kinds": misspelt}))
        return
    typer.echo(f"{counted(lines, 'trap line', 'trap lines')} in {', '.join(names)}: no errors.")
    for sentence in misspelt:
        typer.echo(f"But {sentence}", err=True)


@app.command()
def test(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address, as in RCPT TO.")],
    *,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say whether an address is a trap, and which.

    Ends with 1 if it is not.
    """
    traps = settings(context, config).traps
    trap = TrapSet.load(traps.files, traps.recipient_delimiter, traps.local_domains).match(address)
    if trap is None:
        check_address(address, "ADDRESS")
    if json_output:
        told = None if trap is None else {"label": trap.label, "kind": trap.kind}
        typer.echo(json.dumps({"trap": told}))
    else:
        typer.echo("not a trap" if trap is None else f"a trap: label {trap.label!r}, kind {trap.kind}")
    if trap is None:
        raise typer.Exit(1)


@app.command("list")
def list_(
    context: typer.Context,
    addresses: Annotated[
        bool,
        typer.Option(
            "--addresses", help="Show the addresses too. They are secret: mind who sees this terminal, or its log."
        ),
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the labels, their kinds, and how many lines each has."""
    traps = settings(context, config).traps
    found = groups(entry for file in traps.files for entry in read(file))
    if json_output:
        typer.echo(json.dumps([_group_json(group, addresses=addresses) for group in found]))
        return
    if found:
        _print_groups(found, addresses=addresses)
    lines = counted(sum(len(group.addresses) for group in found), "line", "lines")
    typer.echo(f"{lines}, {counted(len({group.label for group in found}), 'label', 'labels')}")


@app.command()
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, @domain, user+*@domain or /regex/.")],
    label: LabelOption,
    kind: KindOption = "pristine",
    file: FileOption = None,
    config: ConfigOption = None,
) -> None:
    """Add a trap, and say what Postfix needs.

    Ends with 1 if it is a trap already, or if there are too many regular expressions.
    """
    traps = settings(context, config).traps
    path = _trap_file(traps, file)
    line, entry = new_line(address, label, kind)
    append(path, [(line, entry)], traps.files)
    typer.echo(_added(path, traps, 1))
    needed = map_line(entry, traps.local_domains)
    typer.echo(f"Postfix must know it as a recipient. Add this line to {needed.map}:\n\n{needed.line}\n")
    typer.echo(f"then: {needed.then}")


@app.command()
def generate(  # noqa: PLR0913, PLR0917  each is an option of the command
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="A domain that Postfix receives mail for.")],
    label: LabelOption,
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, max=MAX_COUNT, help="How many addresses.")] = 1,
    kind: KindOption = "pristine",
    existing: Annotated[
        Path | None,
        typer.Option(
            "--existing", metavar="FILE", help="A file with real addresses, in any form: new ones keep away from them."
        ),
    ] = None,
    add_to_file: Annotated[bool, typer.Option("--add", help="Add the lines to the trap file, too.")] = False,
    file: FileOption = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make new trap addresses, and what goes with them.

    Addresses of a domain that nobody uses, the HTML that hides them on a page, and the lines for Postfix.
    """
    traps = settings(context, config).traps
    path = _trap_file(traps, file)
    name = domain_name(domain)
    if name is None:
        raise typer.BadParameter(f"{domain!r} is not a domain name", param_hint="DOMAIN")
    known = TrapSet.load(
        dict.fromkeys(each for each in (*traps.files, path) if not is_missing(each)),
        traps.recipient_delimiter,
        traps.local_domains,
    )
    real = existing_locals(existing, name) if existing is not None else frozenset[str]()
    addresses = unused(name, count, known, real, traps.recipient_delimiter)
    lines = [new_line(address, label, kind) for address in addresses]
    if add_to_file:
        append(path, lines, traps.files)
        typer.echo(_added(path, traps, len(lines)), err=True)
    needed = [map_line(entry, traps.local_domains) for _, entry in lines]
    if json_output:
        typer.echo(json.dumps(_generated_json(addresses, lines, needed, path if add_to_file else None)))
    else:
        typer.echo(_generated_words(addresses, lines, needed, path, added=add_to_file))


def _trap_file(traps: Traps, named: Path | None) -> Path:
    if named is not None:
        return named
    if len(traps.files) != 1:
        raise BadTrap(f"traps.files names {len(traps.files)} files: name one of them with --file")
    return traps.files[0]


def _added(path: Path, traps: Traps, count: int) -> str:
    traps_added = counted(count, "trap", "traps")
    if path.resolve() not in {each.resolve() for each in traps.files}:
        return f"Added {traps_added} to {path}, but no part of trapline reads that: it is not in traps.files."
    return f"Added {traps_added} to {path}. A running milter reads it within 10 seconds."


def _group_json(group: Group, *, addresses: bool) -> dict[str, object]:
    described: dict[str, object] = {"label": group.label, "kind": group.kind, "lines": len(group.addresses)}
    return described | ({"addresses": group.addresses} if addresses else {})


def _print_groups(found: Sequence[Group], *, addresses: bool) -> None:
    """A row for each label and kind; with `addresses` for each of these."""
    if not addresses:
        with printed_table("label", "kind", "lines", fold=("label",), right=("lines",)) as row:
            for group in found:
                row(group.label, group.kind, len(group.addresses))
        return
    with printed_table("address", "label", "kind", fold=("label",)) as row:
        for group in found:
            for address in group.addresses:
                row(address, group.label, group.kind)


def _generated_json(
    addresses: Sequence[str], lines: Sequence[tuple[str, Entry]], needed: Sequence[MapLine], added_to: Path | None
) -> dict[str, object]:
    return {
        "addresses": addresses,
        "lines": [line for line, _ in lines],
        "html": variants(addresses),
        "postfix": [one.line for one in needed],
        "added_to": None if added_to is None else str(added_to),
    }


def _generated_words(
    addresses: Sequence[str], lines: Sequence[tuple[str, Entry]], needed: Sequence[MapLine], path: Path, *, added: bool
) -> str:
    """The parts under headings that are comments in the trap file and in a Postfix map."""
    parts = [f"# {path} ({'added' if added else 'not added: use --add, or copy these lines'})"]
    parts += [line for line, _ in lines]
    for name, html in variants(addresses).items():
        parts += ["", f"# HTML for the page, as a {name} (one of the forms is enough; people see nothing of it)", html]
    parts += ["", f"# {ALIAS_MAP} (then: {needed[0].then})"]
    parts += [one.line for one in needed]
    return "\n".join(parts)
