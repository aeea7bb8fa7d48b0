"""What this machine's Postfix is configured to, as its own `postconf` tells: main.cf, and the services of master.cf.

MAIL_CONFIG in the environment names another instance's folder, as for Postfix's own commands. Nothing is changed.
Sources: postconf(1), master(5), postconf(5).
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trapline.config.errors import TraplineError

SECONDS = 8.0  #: for one run of postconf or postmap: a lookup table may be a database that is away

_PATH = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin"


class NoPostfix(TraplineError):
    """There is no Postfix on this host."""


class PostfixError(TraplineError):
    """A command of Postfix's failed; its own words."""


@dataclass(frozen=True, slots=True)
class Service:
    """A line of master.cf, with what its `-o` options say."""

    name: str  #: "smtp", "127.0.0.1:10025"
    type: str  #: "inet", "unix", "pass"
    chroot: bool
    command: str  #: "smtpd"
    options: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Postfix:
    """The settings, `$name` replaced by what it stands for."""

    main: Mapping[str, str]
    services: tuple[Service, ...]

    def value(self, name: str, service: Service | None = None) -> str:
        """What `name` is, for `service` where one is given; "" where it is empty or this Postfix does not know it."""
        if service is not None and name in service.options:
            return service.options[name]
        return self.main.get(name, "")

    def servers(self) -> tuple[Service, ...]:
        """The services that speak SMTP to clients."""
        return tuple(one for one in self.services if one.command == "smtpd" and one.type in {"inet", "pass"})


def installed() -> bool:
    """Whether there is a Postfix on this host."""
    return _where("postconf") is not None


def read(names: Iterable[str]) -> Postfix:
    """The settings called `names`, and all services.

    Raises NoPostfix. Raises PostfixError: the configuration can't be read.
    """
    main = _settings(run("postconf", "-x", *names, "compatibility_level"))
    chroot_by_default = main.get("compatibility_level", "") == "0"  # postconf(5), compatibility_level
    overrides = _overrides(run("postconf", "-x", "-P"))
    lines = run("postconf", "-M").splitlines()
    return Postfix(main, services(lines, overrides, chroot_by_default=chroot_by_default))


def services(
    lines: Iterable[str], overrides: Mapping[tuple[str, str], Mapping[str, str]], *, chroot_by_default: bool
) -> tuple[Service, ...]:
    """What `postconf -M` prints: name, type, private, unprivileged, chroot, wakeup, processes, command."""
    found = []
    for fields in map(str.split, lines):
        if len(fields) >= 8:
            chroot = fields[4] == "y" or (fields[4] == "-" and chroot_by_default)
            options = overrides.get((fields[0], fields[1]), {})
            found.append(Service(fields[0], fields[1], chroot, fields[7].rpartition("/")[2], options))
    return tuple(found)


def words(text: str) -> tuple[str, ...]:
    """The elements of a list: blanks and commas part them, but not within braces (postconf(5), smtpd_milters).

    >>> words("inet:localhost:8891, { unix:a.sock, default_action=accept } hash:/etc/x")
    ('inet:localhost:8891', '{ unix:a.sock, default_action=accept }', 'hash:/etc/x')
    """
    found, word, depth = [], "", 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth <= 0 and (character.isspace() or character == ","):
            found.append(word)
            word = ""
        else:
            word += character
    return tuple(one for one in (*found, word) if one)


def run(program: str, *arguments: str, given: str = "") -> str:
    """What a command of Postfix's prints, `given` as its input.

    Raises NoPostfix. Raises PostfixError: it failed, or took too long. One that ends with 1 and complains of nothing
    has only found nothing.
    """
    path = _where(program)
    if path is None:
        raise NoPostfix(f"there is no {program} on this host")
    try:
        done = subprocess.run(  # noqa: S603  Postfix's own command, without a shell
            [path, *arguments],
            input=given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except subprocess.TimeoutExpired:
        raise PostfixError(f"{program} took longer than {SECONDS:g} s") from None
    except OSError as error:
        raise PostfixError(f"{program} can't be run: {error.strerror}") from None
    complaints = [line.strip() for line in done.stderr.splitlines() if line.strip() and ": warning: " not in line]
    if done.returncode > 1 or (done.returncode and complaints):
        raise PostfixError(complaints[-1] if complaints else f"{program} ended with {done.returncode}")
    return done.stdout


def _where(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{_PATH}")


def _settings(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def _overrides(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Lines such as `submission/inet/milter_macro_daemon_name = ORIGINATING`, by name and type of the service."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for where, value in _settings(text).items():
        service, _, name = where.rpartition("/")
        found.setdefault((service.rpartition("/")[0], service.rpartition("/")[2]), {})[name] = value
    return found
