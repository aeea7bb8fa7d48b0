"""Are the secrets' files there, readable by nobody who should not, and do they hold what looks like a secret?

Whether key and token are accepted is `dns.py`'s and `portal.py`'s to find out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trapline.cli.doctor.result import Result, from_error, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.config.errors import ConfigError
from trapline.config.secrets import dqs_key, rspamd_password, spamhaus_token, store_url
from trapline.config.settings import Settings


@dataclass(frozen=True, slots=True)
class _Secret:
    name: str
    file: Path | None
    read: Callable[[Settings], str | None]
    without: str = ""  #: what does not work without it; "" where that is all right
    then: str = ""  #: what to start once it is there
    mode: str = "0640"  #: of a file whose group is trapline


def check(site: Site) -> Iterator[Result]:
    """A line for each secret that is, or should be, configured."""
    for one in _secrets(site.settings, wants_key=site.no_milter is None):
        if one.file is not None and out_of_reach(one.file):
            yield skipped(one.name, f"{one.file}: {AS_ROOT}")
            continue
        try:
            value = one.read(site.settings)
        except ConfigError as error:
            yield from_error(one.name, error, f"put it into {one.file}" if one.file else "see trapline.toml(5)")
            continue
        if value is not None:
            filled = one.file is not None and one.file.is_file() and one.file.stat().st_size > 0
            yield ok(one.name, f"set, and not world-readable ({one.file})" if filled else "set in the configuration")
        elif one.without:
            yield warning(
                one.name, f"not set: {one.without}", f"put it into {one.file} (mode {one.mode}), then: {one.then}"
            )
        else:
            yield skipped(one.name, "not set, and not needed")


def _secrets(settings: Settings, *, wants_key: bool) -> Iterator[_Secret]:
    no_key = "the milter will not start" if wants_key else ""
    yield _Secret("dqs.key", settings.dqs.key_file, dqs_key, no_key, "systemctl start trapline-milter")
    off = "" if settings.spamhaus.dry_run else "nothing is submitted"
    restart = "systemctl restart trapline-reporter"
    yield _Secret("spamhaus.token", settings.spamhaus.token_file, spamhaus_token, off, restart, mode="0400")
    if settings.store.url_file is not None:
        yield _Secret("store.url", settings.store.url_file, store_url)
    if settings.learning.filter == "rspamd" or any("rspamd" in box.scan.scanners for box in settings.mailboxes):
        yield _Secret("filters.rspamd.password", settings.filters.rspamd.password_file, rspamd_password)
