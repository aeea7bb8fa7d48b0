"""`trapline lookup`: what would the milter say to this client, HELO, sender, recipient?"""

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from trapline.cli.engine import engine
from trapline.cli.options import ConfigOption, JsonOption, check_address, settings
from trapline.config.names import bare_path, client_address
from trapline.traps.watch import TrapFiles

if TYPE_CHECKING:
    from trapline.dnsbl.zones import Question
    from trapline.milter.enquiry import Answer

MIN_WIDTH = 9  #: of the first column; a zone of one's own may have a longer name


def lookup(
    context: typer.Context,
    client: Annotated[str, typer.Option("--client", metavar="IP", help="The client's IP address.")],
    helo: Annotated[str | None, typer.Option("--helo", metavar="NAME", help="Its HELO name.")] = None,
    mail_from: Annotated[
        str | None, typer.Option("--mail-from", metavar="ADDR", help='Its MAIL FROM; "" is the null sender.')
    ] = None,
    rcpt: Annotated[
        str | None, typer.Option("--rcpt", metavar="ADDR", help="Its RCPT TO; by default a person's address.")
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say what the milter would answer to a client, and why.

    Asks the configured zones, and looks into the local blocklist's file. Ends with 1 if the client would be refused.
    """
    from trapline.milter.blocklist import Blocklist
    from trapline.milter.enquiry import enquire
    from trapline.milter.metrics import Metrics
    from trapline.milter.rules import Rules

    address = client_address(client)
    if address is None:
        raise typer.BadParameter(f"{client!r} is not an IP address", param_hint="--client")
    if mail_from is not None and bare_path(mail_from):  # else the null sender
        check_address(mail_from, "--mail-from")
    if rcpt is not None:
        check_address(rcpt, "--rcpt")
    configured = settings(context, config)
    blocklist = Blocklist(configured, Metrics(), say=lambda _event: None)  # its trouble is told as an error
    blocklist.look()
    with closing(engine(configured, own_zones=True)) as asking:
        rules = Rules(configured, asking.zones, TrapFiles(configured.traps, needed=False).current)
        answer = enquire(rules, asking, blocklist, address, helo, mail_from, rcpt)
    typer.echo(json.dumps(_contract(answer)) if json_output else _words(answer, configured.dqs.mode))
    if answer.verdict in {"reject", "tempfail"}:
        raise typer.Exit(1)


def _contract(answer: "Answer") -> dict[str, object]:
    from trapline.spool.envelope import listing_json

    return {
        "verdict": answer.verdict,
        "reply": None if answer.reply is None else str(answer.reply),
        "trap": None if answer.trap is None else answer.trap.label,
        "listings": [listing_json(listing) for listing in answer.listings],
        "errors": list(answer.errors),
    }


def _words(answer: "Answer", mode: str) -> str:
    lines: list[tuple[str, str]] = [("verdict", answer.verdict)]
    if answer.reply is not None:
        lines.append(("reply", str(answer.reply)))
    if answer.trap is not None:
        lines.append(("trap", f"{answer.trap.label} ({answer.trap.kind})"))
    if answer.exempt is not None:
        lines.append(("exempt", f"{answer.exempt}: the zones were not asked"))
    lines += [(question.zone, f"{question.object}: {_said(answer, question)}") for question in answer.asked]
    lines += [("error", error) for error in answer.errors]
    if mode == "shadow":
        lines.append(("mode", "shadow: what is listed is logged, and nobody is refused"))
    width = max(MIN_WIDTH, *(len(key) + 1 for key, _ in lines))
    return "\n".join(f"{key + ':':<{width}} {words}" for key, words in lines)


def _said(answer: "Answer", question: "Question") -> str:
    for listing in answer.listings:
        if (listing.zone, listing.object) == question:
            return f"listed, {', '.join(listing.codes)}"
    return "no answer" if question in answer.unanswered else "not listed"
