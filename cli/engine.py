"""The lookups of a command that asks the zones: the configured ones, with the DQS key."""

from typing import TYPE_CHECKING

from trapline.config.errors import ConfigError
from trapline.config.secrets import dqs_key
from trapline.config.settings import Settings

if TYPE_CHECKING:
    from trapline.dnsbl.engine import Engine


def engine(configured: Settings) -> "Engine":
    """To be closed when done. Raises ConfigError: there is no key, or it can't be read."""
    from trapline.dnsbl.engine import Engine
    from trapline.dnsbl.zones import zones

    key = dqs_key(configured)
    if key is None:
        raise ConfigError(f"dqs.key_file: no DQS key: put yours into {configured.dqs.key_file} (mode 0640)")
    return Engine(zones(configured.dqs, key), configured.dqs.nameservers, configured.milter.deadline_seconds)
