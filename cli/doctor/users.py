"""Are the users and the group there that the daemons run as?"""

import grp
from collections.abc import Iterator

from trapline.cli.doctor.result import Result, failed, ok
from trapline.cli.doctor.site import GROUP, Site
from trapline.config.access import account

_MAKE = "systemd-sysusers (with /usr/lib/sysusers.d/trapline.conf); for other users: --milter-user and the like"


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
        yield failed(f"group {GROUP}", f"not a member: {', '.join(outside)}", f"{add}, then restart the daemons")
    else:
        yield ok(f"group {GROUP}", f"gid {gid}")
