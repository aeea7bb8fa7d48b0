"""All targets, in the order in which they are run."""

from fuzzing.target import Target
from fuzzing.targets import (
    authentication,
    blocklist,
    dns,
    envelope,
    imports,
    mailboxes,
    mbox,
    message,
    origin,
    portal,
    sample,
    services,
    traps,
)

TARGETS: dict[str, Target] = {
    module.TARGET.name: module.TARGET
    for module in (
        message,
        sample,
        envelope,
        traps,
        dns,
        portal,
        authentication,
        origin,
        blocklist,
        imports,
        services,
        mailboxes,
        mbox,
    )
}
