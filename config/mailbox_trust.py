"""What is believed of the header of a message that a mailbox's server received: by which method, from which server.

Everything else in a header is the sender's word. The presets name what large providers write; each says where that was
seen, and `tests/spool/test_mailbox_origin.py` has a header of each kind.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from trapline.config.names import domain_name
from trapline.config.section import Section
from trapline.config.values import Texts, a_list
from trapline.config.wrong_value import why

Method = Literal["received", "received-spf", "authentication-results"]


def _server(value: object) -> str:
    text = value if isinstance(value, str) else ""
    name = domain_name(text.removeprefix("."))
    if name is None or ("." not in name and text.startswith(".")):
        raise ValueError('expected a name such as "mx.example.com", or ".example.com" for all below')
    return f".{name}" if text.startswith(".") else name


Servers = Annotated[tuple[Annotated[str, BeforeValidator(_server)], ...], BeforeValidator(a_list), Field(min_length=1)]


class Trust(Section):
    """Whose word is taken, and where it stands."""

    method: Method
    servers: Servers  # as they name themselves: `by`, `receiver=` or the authserv-id; ".example.com" is all below
    authserv_ids: Texts = ()  # believed for SPF, DKIM and DMARC results


# Where the forms were seen; the tests hold a header of each kind, with other addresses and names in it.
# Gmail, Google Workspace: `Received: from HELO (NAME. [ADDRESS]) by mx.google.com with ESMTPS id …`, below one without
#   `from` for each hop inside Google. Source: support.google.com/mail/answer/29436 ("Show original").
# iCloud: `Received-SPF: … receiver=spf.icloud.com; client-ip=…`; its Received fields name hosts that change. Results
#   are in several fields with an id each, of which an unsigned message lacks some: they are not believed.
#   Source: messages that users published (find `receiver=spf.icloud.com`), 2023 to 2025.
# Outlook.com, Microsoft 365: `Received-SPF: … receiver=protection.outlook.com; client-ip=…`. Its results have no
#   authserv-id (RFC 8601, 2.5) and are not believed. Source: learn.microsoft.com, "Anti-spam message headers".
# Fastmail: `Received: from HELO (NAME [ADDRESS]) by mxN.messagingengine.com (Postfix)`; its results are in several
#   fields of one id and are not believed. Source: github.com/fastmail/authentication_milter.
# GMX: `Received: from HELO ([ADDRESS]) by mx-ha.gmx.net (mxgmxNNN […]) with ESMTPS (Nemesis)`, one field of
#   results. Source: messages that users published (find `by mx-ha.gmx.net`), 2014 to 2025.
_PRESETS: dict[str, Trust] = {
    "gmail": Trust(method="received", servers=("mx.google.com",), authserv_ids=("mx.google.com",)),
    "icloud": Trust(method="received-spf", servers=("spf.icloud.com",)),
    "outlook": Trust(method="received-spf", servers=("protection.outlook.com",)),
    "microsoft365": Trust(method="received-spf", servers=("protection.outlook.com",)),
    "fastmail": Trust(method="received", servers=(".messagingengine.com",)),
    "gmx": Trust(method="received", servers=("mx-ha.gmx.net",), authserv_ids=("gmx.net",)),
}
_OWN_SERVER = "dovecot-postfix"  # the method is known, the name of the host is not


def _trust(value: object) -> Trust | None:
    """A preset's name, or a table. Raises ValueError: neither."""
    if value is None or isinstance(value, Trust):
        return value
    table = {"preset": value} if isinstance(value, str) else dict(value) if isinstance(value, dict) else {}
    name = table.pop("preset", None)
    if name == _OWN_SERVER:
        if not table.get("servers"):
            raise ValueError(
                f'the preset "{_OWN_SERVER}" needs your host\'s name: '
                f'{{ preset = "{_OWN_SERVER}", servers = ["mx.example.com"] }}'
            )
        return _from_table({"method": "received"} | table)
    if isinstance(name, str) and name in _PRESETS and not table:
        return _PRESETS[name]
    if name is None and table:
        return _from_table(table)
    known = ", ".join((*_PRESETS, _OWN_SERVER))
    raise ValueError(f"expected one of the presets ({known}), or a table with method and servers")


def _from_table(table: dict[str, object]) -> Trust:
    try:
        return Trust.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(place) for place in first["loc"])
        raise ValueError(f"{where}: {why(first)}") from None


TrustSetting = Annotated[Trust | None, BeforeValidator(_trust)]
