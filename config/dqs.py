"""The section `[dqs]`: the Data Query Service's key, resolvers and zones, and what a listing in each leads to.

Source of the zones' codes and test points: docs.spamhaus.com, "Zones" and "DQS Queries".
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from trapline.config.names import literal_address
from trapline.config.section import Section as _Section
from trapline.config.values import AbsolutePath, Codes, Nameserver, Nameservers, PointText
from trapline.config.values import codes as parse_codes

Action = Literal["reject", "tempfail", "tag", "log"]


class ZoneSettings(_Section):
    """One DQS zone: whether it is asked, which last octets count, what a listing leads to, and its test points."""

    enabled: bool
    codes: Codes
    action: Action = "reject"
    test_listed: PointText = ""
    test_unlisted: PointText = ""


# A domain that can't be a spammer's: it is reserved (RFC 2606, 3), so a zone of domains that lists it lists anything.
_NOBODYS_DOMAIN = "example.com"


def _zone(
    *codes: int | str, listed: str, unlisted: str, enabled: bool = True, action: Action = "reject"
) -> ZoneSettings:
    return ZoneSettings(
        enabled=enabled, codes=parse_codes(codes), action=action, test_listed=listed, test_unlisted=unlisted
    )


class DqsCache(_Section):
    """What is kept of the zones' answers: each as long as the answer itself says, and no longer than this."""

    max_entries: Annotated[int, Field(ge=0, le=10_000_000)] = 100_000
    max_listed_seconds: Annotated[float, Field(ge=0, le=86_400)] = 3600.0
    max_not_listed_seconds: Annotated[float, Field(ge=0, le=86_400)] = 900.0


class Dqs(_Section):
    """The Data Query Service: the key, the resolvers, the zones."""

    key: SecretStr | None = None
    key_file: AbsolutePath = Path("/etc/trapline/dqs.key")
    nameservers: Nameservers = (Nameserver("127.0.0.1"),)
    mode: Literal["enforce", "shadow"] = "enforce"
    queries_per_day: Annotated[int, Field(ge=0)] = 0
    warn_at: Annotated[float, Field(gt=0, le=1)] = 0.8
    cache: DqsCache = DqsCache()
    zen: ZoneSettings = _zone(2, 3, 4, 9, 10, 11, 30, listed="127.0.0.2", unlisted="127.0.0.1")
    dbl: ZoneSettings = _zone("2-99", listed="dbltest.com", unlisted=_NOBODYS_DOMAIN)
    zrd: ZoneSettings = _zone("2-24", listed="test", unlisted=_NOBODYS_DOMAIN, action="tempfail")
    authbl: ZoneSettings = _zone(20, listed="127.0.0.2", unlisted="127.0.0.1", enabled=False)

    @model_validator(mode="before")
    @classmethod
    def _fill_zones(cls, data: object) -> object:
        """A zone's table may name only what differs from that zone's own defaults."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        for name in cls.zone_names():
            given = filled.get(name)
            if isinstance(given, dict):
                default = cls.model_fields[name].default
                filled[name] = {field: getattr(default, field) for field in ZoneSettings.model_fields} | given
        return filled

    @model_validator(mode="after")
    def _test_points_fit(self) -> "Dqs":
        """A zone of addresses is tested by addresses, a zone of domains by domains, as its defaults are."""
        for name in self.zone_names():
            of_addresses = literal_address(type(self).model_fields[name].default.test_listed) is not None
            zone: ZoneSettings = getattr(self, name)
            for key, point in (("test_listed", zone.test_listed), ("test_unlisted", zone.test_unlisted)):
                is_address = literal_address(point) is not None
                if point and is_address != of_addresses:
                    expected = "a domain name" if is_address else "an IP address"
                    raise ValueError(f'{name}.{key} = "{point}": expected {expected}, or "" for no such test')
        return self

    def zones(self) -> dict[str, ZoneSettings]:
        """The enabled zones by name."""
        every: dict[str, ZoneSettings] = {name: getattr(self, name) for name in self.zone_names()}
        return {name: zone for name, zone in every.items() if zone.enabled}

    @classmethod
    def zone_names(cls) -> tuple[str, ...]:
        """The names of all zones, enabled or not."""
        return tuple(name for name, field in cls.model_fields.items() if isinstance(field.default, ZoneSettings))

    @property
    def tags(self) -> bool:
        """Whether a zone's action is `tag`, so that headers of ordinary mail are seen, and forged ones removed."""
        return any(zone.action == "tag" for zone in self.zones().values())
