"""A certificate authority of the tests' own, and a certificate for loopback that it signed."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import program


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in one folder."""

    authority: Path
    certificate: Path
    key: Path


def make(folder: Path, names: str = "DNS:localhost") -> Certificates:
    """An authority, and a certificate for `names` (a subjectAltName as openssl writes it)."""
    _openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tests "
             "-addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem")  # fmt: skip
    _openssl(folder, "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mail -keyout key.pem -out req")
    (folder / "extensions").write_text(f"subjectAltName={names}\n")
    _openssl(
        folder,
        "x509 -req -in req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem",
    )
    return Certificates(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run([program("openssl"), *arguments.split()], cwd=folder, check=True, capture_output=True)
