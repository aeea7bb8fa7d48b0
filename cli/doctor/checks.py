"""The checks of `trapline doctor`, in the order in which they are shown. A new one is a line here and a file beside it.

The configuration comes before all of them (`configuration.py`): without it there is nothing to look at.
"""

from trapline.cli.doctor import (
    blocklist,
    database,
    disk,
    dns,
    files,
    mailboxes,
    milter,
    portal,
    postfix,
    received,
    recipients,
    secrets,
    spool,
    trap_files,
    users,
)
from trapline.cli.doctor.examination import Check

CHECKS = (
    Check("secrets", secrets.check),
    Check("users", users.check),
    Check("files", files.check),
    Check("traps", trap_files.check),
    Check("resolvers and zones", dns.check),
    Check("milter", milter.check),
    Check("Postfix", postfix.check),
    Check("recipients", recipients.check),
    Check("Received lines", received.check),
    Check("mail", spool.check),
    Check("database", database.check),
    Check("portal", portal.check),
    Check("blocklist", blocklist.check),
    Check("disk", disk.check),
    Check("mailboxes", mailboxes.check),
)
