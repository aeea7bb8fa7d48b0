"""Are the users and the group there that the daemons run as?"""

import grp
from collections.abc import Iterator

from trapline.cli.doctor.result import Result, failed, ok
from trapline.cli.doctor.site import GROUP, Site
from trapline.config.access import account

_MAKE = (
    "trapline install (with the Debian package: systemd-sysusers); if the daemons run as other users, name them: "
    "--milter-user, --reporter-user, --mailboxes-user"
)


def check(site: Site) -> Iterator[Result]:
    """A line for each user, and one for the group that they share."""
    accounts = []
    for name in site.users:
        try:
            accounts.append(account(name))
        except KeyError:
            yield failed(f"user {name}", "there is no such user", _MAKE)
        else:
            yield ok(f"user {name}", f"uid {accounts[-1].uid}")
    if not site.packaged:
        return
    try:
        gid = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        yield failed(f"group {GROUP}", "there is no such group", _MAKE)
        return
    outside = [one.name for one in accounts if gid not in one.gids]
    if outside:
        add = " && ".join(f"usermod -aG {GROUP} {name}" for name in outside)
        yield failed(
            f"group {GROUP}", f"not in it: {', '.join(outside)}", f"{add}; then: systemctl restart {' '.join(outside)}"
        )
    else:
        yield ok(f"group {GROUP}", f"gid {gid}")
