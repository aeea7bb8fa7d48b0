"""The lookups of a command that asks the zones: the DQS ones with the key, which it needs, or all configured ones."""

from typing import TYPE_CHECKING

from trapline.config.errors import ConfigError
from trapline.config.secrets import dqs_key
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.dnsbl.engine import Engine


def engine(configured: Settings, *, own_zones: bool = False) -> "Engine":
    """To be closed when done; with `own_zones` it asks those of `[zones]`, too.

    Raises ConfigError: there is no key, or it can't be read.
    """
    from trapline.dnsbl.engine import Engine
    from trapline.dnsbl.zones import all_zones, zones

    key = needed_key(configured)
    asked = all_zones(configured, key) if own_zones else zones(configured.dqs, key)
    return Engine(asked, configured.dqs.nameservers, configured.milter.deadline_seconds)


def needed_key(configured: Settings) -> str:
    """The DQS key. Raises ConfigError: there is none, or it can't be read."""
    key = dqs_key(configured)
    if key is None:
        raise ConfigError(f"dqs.key_file: no DQS key: put yours into {configured.dqs.key_file} (mode 0640)")
    return key
