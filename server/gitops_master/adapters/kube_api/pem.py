"""Certificates and keys that a kubeconfig holds or points at, and TLS settings from them."""

import base64
import binascii
import ssl
import tempfile
from pathlib import Path

from gitops_master.adapters.kube_api.kubeconfig import Entry
from gitops_master.model.errors import Unreachable


def pem(entry: Entry, key: str) -> bytes:
    """What `key-data` holds, else the content of the file that `key` names; empty without either. Raises Unreachable."""
    if data := entry.text(f"{key}-data"):
        try:
            return base64.b64decode("".join(data.split()), validate=True)
        except binascii.Error:
            raise Unreachable(f"{entry.file}: `{key}-data` of {entry.name!r} is not base64") from None
    path = entry.path(key)
    if path is None:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreachable(f"{entry.file}: `{key}` of {entry.name!r} cannot be read: {path}: {error.strerror}") from None


def tls(*, authority: bytes, certificate: bytes, key: bytes, verify: bool) -> ssl.SSLContext:
    """As kubectl verifies: only the given authority where there is one, else those of the system. Raises ValueError in words."""
    try:
        context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    except (ssl.SSLError, ValueError):
        raise ValueError("the certificate-authority is not a PEM certificate") from None
    # kubectl accepts authorities without key identifiers, as clusters create them, and intermediate ones as roots; from 3.13
    # on Python's defaults do not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        _load_pair(context, certificate, key)
    return context


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """OpenSSL reads keys from files only: one that nobody else can open, for this moment."""
    with tempfile.TemporaryDirectory(prefix="gitops-master-") as folder:
        file = Path(folder) / "pair.pem"
        file.touch(mode=0o600)
        file.write_bytes(certificate.rstrip() + b"\n" + key)
        try:
            context.load_cert_chain(file, password=lambda: b"")  # else an encrypted key would ask at the terminal
        except ssl.SSLError:
            raise ValueError(
                "the client certificate and its key are unreadable, encrypted, or do not belong together"
            ) from None
