"""The types of columns that neither database has as we mean them: times, texts of senders, networks."""

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network

from sqlalchemy import DateTime, Dialect, LargeBinary, Text, TypeDecorator

from trapline.config.networks import Network

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Moment(TypeDecorator[datetime]):
    """An aware time, kept and given back in UTC; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database. Raises ValueError: a time without its zone, which is always a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, UTC."""
        del dialect  # both kinds are told apart by the value itself
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that may come from a sender: what no database takes (NUL, lone surrogates) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect  # all of them are served alike
        return None if value is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


class Cidr(TypeDecorator[Network]):
    """A network, as bytes that sort as networks do, IPv4 first: its version, its address, its prefix length."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Network | None, dialect: Dialect) -> bytes | None:
        """To the database."""
        del dialect  # all of them are served alike
        if value is None:
            return None
        return bytes((value.version,)) + value.network_address.packed + bytes((value.prefixlen,))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Network | None:
        """From the database."""
        del dialect  # as above
        if value is None:
            return None
        return (IPv4Network if value[0] == 4 else IPv6Network)((value[1:-1], value[-1]))
