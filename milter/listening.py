"""The socket that Postfix connects to: made with the right owner and mode, never taken from a living milter."""

import errno
import grp
import os
import socket
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import milter

from trapline.config.errors import ConfigError, TraplineError
from trapline.config.settings import Milter
from trapline.config.values import InetListen, UnixListen

_IN_USE_SECONDS = 2.0

# What connecting comes to where somebody lives there: he accepts, has more to accept than he can, or is no milter.
_IN_USE = frozenset({0, errno.EAGAIN, errno.EPROTOTYPE})


def open_socket(settings: Milter) -> Callable[[], None]:
    """Have libmilter listen on `settings.listen`; what removes the UNIX socket again. A stale one is replaced.

    Raises ConfigError: the socket can't be made, or another process listens on it; TraplineError: its host's name can't
    be resolved now.
    """
    _refuse_if_in_use(settings)
    milter.setconn(str(settings.listen))
    before = os.umask(0o777 & ~settings.socket_mode)
    try:
        milter.opensocket(True)
    except milter.error:
        raise ConfigError(f"milter.listen: cannot listen on {settings.listen}: {_why_not(settings)}") from None
    finally:
        os.umask(before)
    if not isinstance(settings.listen, UnixListen):
        return _nothing
    path = settings.listen.path
    ours = _identity(path)
    _give_to_group(settings.listen, settings.socket_group)
    return partial(_remove, path, ours)


def _nothing() -> None:
    """There is no UNIX socket to remove."""


def _remove(path: Path, ours: tuple[int, int]) -> None:
    """Remove our socket, and not that of a milter which was started while we come to our end."""
    try:
        if _identity(path) == ours:
            path.unlink()
    except FileNotFoundError:
        return


def _identity(path: Path) -> tuple[int, int]:
    """Nothing else can have it as long as the socket is open."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _refuse_if_in_use(settings: Milter) -> None:
    with _socket(settings) as probe:
        try:
            came_to = probe.connect_ex(_target(settings))
        except socket.gaierror as error:
            why = f"its host can't be found ({error.strerror}). Write an address"  # no ConfigError: it may be, later
            raise TraplineError(f"milter.listen: cannot listen on {settings.listen}: {why}") from None
        if came_to in _IN_USE:
            raise ConfigError(f"milter.listen: another process listens on {settings.listen}: is the milter running?")


def _socket(settings: Milter) -> socket.socket:
    family = socket.AF_UNIX
    if isinstance(settings.listen, InetListen):
        family = socket.AF_INET6 if ":" in settings.listen.host else socket.AF_INET
    probe = socket.socket(family, socket.SOCK_STREAM)
    probe.settimeout(_IN_USE_SECONDS)
    return probe


def _target(settings: Milter) -> str | tuple[str, int]:
    listen = settings.listen
    return str(listen.path) if isinstance(listen, UnixListen) else (listen.host, listen.port)


def _give_to_group(listen: UnixListen, group: str) -> None:
    """Give the socket to Postfix's group, unless its folder is setgid: then it has the folder's group already."""
    if listen.path.parent.stat().st_mode & stat.S_ISGID:
        return
    try:
        wanted = grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigError(f"milter.socket_group = {group!r}: no such group. Is Postfix installed?") from None
    if listen.path.stat().st_gid == wanted:
        return
    try:
        os.chown(listen.path, -1, wanted)
    except PermissionError:
        raise ConfigError(
            f"milter.socket_group = {group!r}: {listen.path} can't be given to that group. "
            f"Run: chgrp {group} {listen.path.parent} && chmod g+s {listen.path.parent}"
        ) from None


def _why_not(settings: Milter) -> str:
    if isinstance(settings.listen, InetListen):
        return "is the port free, and the address one of this host's?"
    folder = settings.listen.path.parent
    if not folder.is_dir():
        return f"{folder} does not exist"
    if settings.listen.path.exists() and not stat.S_ISSOCK(settings.listen.path.stat().st_mode):
        return "there is a file of that name that is no socket"
    return f"may this user write to {folder}?"
