"""`trapline status`: how mail, queue, submissions and traps stand."""

from typing import Annotated

import typer

from trapline.cli.options import ConfigOption, JsonOption, settings
from trapline.cli.status_look import looking
from trapline.cli.status_output import look_json, print_all, watched

LATEST = 8  #: messages that who watches sees


def status(
    context: typer.Context,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the display current; q or Ctrl-C ends it.")] = False,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=0.5, max=86_400, help="How often --watch updates it.")
    ] = 2.0,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print metrics, for node_exporter's textfile collector.")
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the state of mail, queue, submissions and traps.

    Also what Spamhaus made of the submissions of the last 30 days. With --watch also the messages that come in; if
    the output is not a terminal, each update is printed below the one before.
    """
    configured = settings(context, config)
    if prometheus and (json_output or watch):
        raise typer.BadParameter("--prometheus can't be combined with --json or --watch")
    with looking(configured, LATEST if watch else 0) as look:
        if watch:
            from trapline.cli.watch import watch as show

            show(lambda: look_json(look(), configured) if json_output else watched(look(), configured, every), every)
        elif prometheus:
            from trapline.cli.status_metrics import as_metrics

            typer.echo(as_metrics(look(), configured), nl=False)
        elif json_output:
            typer.echo(look_json(look(), configured))
        else:
            print_all(look(), configured)
