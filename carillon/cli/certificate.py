"""The portal's own certificate, for browsers that give a microphone only to https; no authority vouches for it."""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from carillon.asterisk.instance import write_secret

#: Browsers refuse certificates that hold longer.
DAYS, RENEW_DAYS = 397, 30


def own_certificate(folder: Path, address: str) -> Path:
    """Return the file with key and certificate for this machine's names and `address`; made anew when it runs out."""
    path = folder / "portal.pem"
    names = [x509.DNSName("localhost"), x509.DNSName(_host())]
    places = [x509.IPAddress(ipaddress.ip_address(each)) for each in dict.fromkeys(("127.0.0.1", address))]
    wanted = [*names, *places]
    if path.exists() and _is_good(path, wanted):
        return path
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Carillon portal")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_secret(path, (secret + certificate.public_bytes(serialization.Encoding.PEM)).decode())
    return path


def _host() -> str:
    """This machine's name, as far as a certificate may hold it."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"


def _is_good(path: Path, wanted: list[x509.GeneralName]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return list(names) == wanted and found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=RENEW_DAYS)
