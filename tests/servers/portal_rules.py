"""What the portal's stand-in finds fault with in a submission, and reads out of one, as the real one does. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from email import message_from_string
from ipaddress import ip_address
from typing import Any

MAX_REASON = 255  # characters

THREAT_TYPES = (
    {"code": "spam", "desc": "Source of spam", "type": "*"},
    {"code": "phish", "desc": "Phishing", "type": "*"},
    {"code": "malware", "desc": "Malware", "type": "*"},
    {"code": "scam", "desc": "Scam", "type": "url"},
    {"code": "bulletproof", "desc": "Bulletproof hosting", "type": "ip"},
)

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)


def complaint(kind: str, table: Mapping[str, Any], threat_types: Iterable[Mapping[str, str]]) -> str | None:
    """Why `table` is a bad request to submissions/add/`kind`, as a 400 says it, or None."""
    codes = {threat["code"] for threat in threat_types if threat["type"] in {"*", kind}}
    source = table.get("source")
    value = source.get("object") if isinstance(source, dict) else None
    reason = table.get("reason")
    if table.get("threat_type") not in codes:
        return "Invalid threat type"
    if not isinstance(reason, str) or not reason.strip():
        return "Reason is required"
    if len(reason) > MAX_REASON:
        return "Reason is too long"
    if not isinstance(value, str) or not value.strip():
        return "Object is required"
    return None if _valid(kind, value) else f"Invalid {kind}"


def attributes(kind: str, value: str) -> dict[str, str]:
    """What `submissions/list` tells of a value; the mask is a text there."""
    match kind:
        case "ip":
            return {"address": value, "mask": "128" if ":" in value else "32"}
        case "domain":
            return {"domain": value, "tld": value.rpartition(".")[2]}
        case "url":
            return {"sha-256": hashlib.sha256(value.encode()).hexdigest()}
    return {"subject": str(message_from_string(value).get("Subject", ""))}


def _valid(kind: str, value: str) -> bool:
    if kind == "ip":
        try:
            return ip_address(value).is_global
        except ValueError:
            return False
    if kind == "domain":
        return bool(_HOST.fullmatch(value))
    return kind == "email" or bool(re.fullmatch(r"(?:https?://)?[^\s/?#]+\.?[^\s]*", value))
