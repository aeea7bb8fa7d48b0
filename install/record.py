"""What `trapline install` has made, in a file of root's: so that a later one, and `--remove`, can tell it from yours.

A file is ours as long as it is byte for byte what was written; then it may be brought up to date, or removed.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from trapline.config import durable
from trapline.config.errors import TraplineError

RECORD = Path("/etc/trapline/.installed")


class RecordError(TraplineError):
    """The record can't be read."""


@dataclass(slots=True)
class Record:
    """Paths as they are on the installed system, whatever `--root` is."""

    files: dict[str, str] = field(default_factory=dict)  #: SHA-256 of what was written, by path
    folders: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)  #: users and groups


def read(root: Path) -> Record:
    """The record of what was installed below `root`; an empty one where there is none. Raises RecordError."""
    path = below(root, RECORD)
    try:
        return TypeAdapter(Record).validate_json(path.read_bytes())
    except FileNotFoundError:
        return Record()
    except PermissionError:
        raise RecordError(f"{path}: only root may read it: run this as root") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it was changed"
        raise RecordError(f"{path}: cannot be read as what `trapline install` writes there: {why}") from None


def write(root: Path, record: Record) -> None:
    """Keep it. Raises NotWritten."""
    path = below(root, RECORD)
    table = {"files": record.files, "folders": record.folders, "accounts": record.accounts}
    content = (json.dumps(table, indent=1) + "\n").encode()
    if path.exists():
        durable.replace(path, content)
    else:
        durable.create(path, content, 0o600)


def digest(content: bytes) -> str:
    """As the record keeps it."""
    return hashlib.sha256(content).hexdigest()


def below(root: Path, path: Path) -> Path:
    """`path` of the system in the folder `root`."""
    return root / path.relative_to("/")
