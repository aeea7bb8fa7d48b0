"""Does Postfix leave its own Received line in what it delivers to the fallback? The client stands nowhere else.

Recipes for privacy have header_checks take it out, for users who have logged in, say. The next Received line, which is
the sender's, would then stand on top and be believed (reporter/fallback.py): whoever it names would be reported.
Sources: header_checks(5); postmap(1), -h; Postfix, src/smtpd/smtpd.c (what it writes).
"""

import re
from collections.abc import Iterator, Sequence

from trapline.cli.doctor.result import Result, ok, skipped, warning
from trapline.cli.doctor.site import Site
from trapline.config import postconf
from trapline.config.postconf import NoPostfix, Postfix, PostfixError, words

NAME = "Received lines"

# As smtpd writes it for a stranger, and for a user with and without smtpd_sasl_authenticated_header.
_LINE = """\
Received: from mail.example.com (mail.example.com [{client}]){comments}
	by {host} (Postfix) with {protocol} id 4bXyZ2;
	Sun, 22 Nov 2026 17:27:18 +0000 (UTC)
"""
_TLS = "\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\t(No client certificate requested)"
_KINDS = (
    ("", "SMTP"), ("", "ESMTP"), (_TLS, "ESMTPS"), ("", "ESMTPA"), (_TLS, "ESMTPSA"),
    (f"{_TLS}\n\t(Authenticated sender: anna)", "ESMTPSA"),
)  # fmt: skip
_CLIENT = "11.0.1.7"  # a public address
_TAKEN = re.compile(r"\t(?:IGNORE|STRIP|REPLACE)\b", re.IGNORECASE)


def check(site: Site) -> Iterator[Result]:
    """Ask Postfix's own tables what they would do to such a line."""
    if (why := site.no_milter) is not None:
        yield skipped(NAME, why)
        return
    try:
        postfix = postconf.read(("header_checks", "myhostname"))
        yield judge([table for table in tables(postfix) if _takes_out(table, postfix.value("myhostname"))])
    except (NoPostfix, PostfixError) as error:
        yield skipped(NAME, str(error))


def tables(postfix: Postfix) -> tuple[str, ...]:
    """All that header_checks names, in main.cf and for a cleanup service of master.cf."""
    cleanups = [one for one in postfix.services if one.command == "cleanup"]
    values = (postfix.value("header_checks", service) for service in (None, *cleanups))
    return tuple(dict.fromkeys(table.removeprefix("proxy:") for value in values for table in words(value)))


def _takes_out(table: str, host: str) -> bool:
    lines = (_LINE.format(client=_CLIENT, comments=comments, host=host, protocol=kind) for comments, kind in _KINDS)
    return _TAKEN.search(postconf.run("postmap", "-h", "-q", "-", table, given="".join(lines))) is not None


def judge(taking: Sequence[str]) -> Result:
    """`taking`: the tables that take out what Postfix itself wrote."""
    if not taking:
        return ok(NAME, "header_checks leaves Postfix's own line, by which the fallback knows the client")
    seen = (
        f"{', '.join(taking)} removes or changes Postfix's own line: in the fallback, the next one (the sender's) is "
        "believed"
    )
    return warning(NAME, seen, "do that in smtp_header_checks, which works on outgoing mail; then: postfix reload")
