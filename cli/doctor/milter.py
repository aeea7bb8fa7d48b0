"""Does a milter answer on the socket, and may Postfix connect to it?"""

from collections.abc import Iterator

from trapline.cli.doctor.result import Result, failed, ok, skipped
from trapline.cli.doctor.site import AS_ROOT, Site
from trapline.config import postconf
from trapline.config.access import account, obstacle, way_to
from trapline.config.postconf import NoPostfix, PostfixError
from trapline.config.settings import Milter
from trapline.config.values import Listen, UnixListen

SECONDS = 3.0  #: for the handshake
NAME = "milter"
ACCESS = "milter's socket"

_START = "systemctl restart trapline-milter; if that does not help, journalctl -u trapline-milter says why"


def check(site: Site) -> Iterator[Result]:
    """The handshake, and the socket's modes."""
    if (why := site.no_milter) is not None:
        yield skipped(NAME, why)
        return
    listen = site.settings.milter.listen
    yield handshake(listen)
    if isinstance(listen, UnixListen):
        yield _access(listen, site.settings.milter)


def handshake(listen: Listen) -> Result:
    """The milter protocol's beginning, as Postfix speaks it."""
    from trapline.milter.handshake import HandshakeFailed, NoPermission, shake_hands

    try:
        agreed = shake_hands(listen, SECONDS)
    except NoPermission:
        return skipped(NAME, AS_ROOT)
    except HandshakeFailed as error:
        return failed(NAME, f"{listen}: {error}", _START)
    return ok(NAME, f"{listen}: it answers within {agreed.seconds * 1000:.0f} ms")


def _access(listen: UnixListen, settings: Milter) -> Result:
    try:
        user = account(postconf.read(["mail_owner"]).value("mail_owner"))
    except (NoPostfix, PostfixError) as error:
        return skipped(ACCESS, str(error))
    except KeyError:
        return skipped(ACCESS, "Postfix's mail_owner is not a user of this host")
    folder = listen.path.parent
    hint = (
        f"chgrp {settings.socket_group} {folder} && chmod 2750 {folder}; check milter.socket_group and "
        "milter.socket_mode; then: systemctl restart trapline-milter"
    )
    try:
        found = obstacle(user, way_to(listen.path), ("write",))  # unix(7): to connect is to write
    except FileNotFoundError:
        return skipped(ACCESS, "there is no socket")
    except PermissionError:
        return skipped(ACCESS, AS_ROOT)
    if found is not None:
        return failed(ACCESS, f"Postfix's user {user.name} can't connect: not permitted by {found}", hint)
    return ok(ACCESS, f"Postfix's user {user.name} can connect")
