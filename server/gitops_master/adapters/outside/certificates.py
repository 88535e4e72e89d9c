"""Trust in a server's certificate, and what stands in one."""

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from gitops_master.model.asking import ShownCertificate

_DISTRUST = {
    9: "not-yet-valid",
    10: "expired",
    18: "self-signed",
    2: "unknown-authority",
    19: "unknown-authority",
    20: "unknown-authority",
    21: "unknown-authority",
    62: "wrong-host",
    64: "wrong-host",
}
"""By OpenSSL's verification codes (X509_V_ERR_…)."""
_MOST_NAMES = 100


def trusting(authorities: Path | None = None) -> ssl.SSLContext:
    """As this machine trusts, SSL_CERT_FILE and SSL_CERT_DIR included; and the authorities of a PEM file, where one is given.

    Raises OSError, ssl.SSLError on a file that cannot be read or holds none.
    """
    context = ssl.create_default_context()
    # Browsers and other clients accept authorities without key identifiers; from 3.13 on Python's defaults do not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if authorities is not None:
        context.load_verify_locations(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    return context


def looking() -> ssl.SSLContext:
    """Trusts everybody: only to look at a certificate, nothing is sent over such a connection."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def distrust(error: ssl.SSLCertVerificationError) -> str:
    """Why a certificate is not trusted: one of the words of `Shaken.distrust`."""
    return _DISTRUST.get(error.verify_code, "other")


def read(der: bytes) -> ShownCertificate | None:
    """What stands in a certificate; None where it cannot be parsed."""
    try:
        found = x509.load_der_x509_certificate(der)
        return ShownCertificate(
            common_name=_common_name(found.subject),
            issuer=_common_name(found.issuer) or found.issuer.rfc4514_string()[:200],
            names=_names(found),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
        )
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None


def _common_name(name: x509.Name) -> str:
    held = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(held[0].value)[:200] if held else ""


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = [
        *held.get_values_for_type(x509.DNSName),
        *(str(one) for one in held.get_values_for_type(x509.IPAddress)),
    ]
    return tuple(one[:253] for one in names[:_MOST_NAMES])
