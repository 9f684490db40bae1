"""The one form in which a time-stamp is kept: nothing in it that a check would pass over.

RFC 3161 and RFC 5652 leave room beside what is signed: words of the status, versions, the signer's
name, certificates of no use. What is kept has none of it, so a changed bit anywhere is found even
by somebody who brings no certificate: whose the certificates are is not asked here
(`trust.formats.timestamps.verify` does).
"""

from collections.abc import Sequence
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from trust.formats import der, timestamps
from trust.formats.der import Node
from trust.formats.errors import FormatError, SignatureError

_CODE = "time-stamp"
_GRANTED = der.element(der.SEQUENCE, der.integer(0))
_NULL = der.element(der.NULL)
_CERTIFICATES = 0xA0


def stored(response: bytes) -> bytes:
    """A granted response in the form in which it is kept: the token, and "granted" without words.

    Raises FormatError when it is refused or malformed.
    """
    timestamps.read(response)
    token = der.parse(response).children()[1]
    return der.element(der.SEQUENCE, _GRANTED, token.whole)


def check(response: bytes, note: bytes) -> int:
    """The time (UTC seconds) that a kept time-stamp states for this note.

    Raises:
        FormatError: another form than the one that is kept.
        SignatureError: of another note, or not signed by the certificate it encloses.
    """
    if stored(response) != response:
        raise FormatError("The time-stamp is not in the form in which it is kept.", code=_CODE)
    try:
        return _checked(response, note)
    except timestamps.DAMAGED:
        raise FormatError("A part of the time-stamp is missing or damaged.", code=_CODE) from None


def _checked(response: bytes, note: bytes) -> int:
    token = timestamps.token(response)
    signed = timestamps.signed_by_enclosed(token)
    if signed.stamp.digest != sha256(note).digest():
        raise SignatureError("The time-stamp is of another note.", code="other-note")
    if len(token) != 5 or token[0].integer() != 3 or token[3].tag != _CERTIFICATES:
        raise FormatError("The time-stamp has other parts than are kept.", code=_CODE)
    version, name, digest, _, algorithm, _ = signed.signer
    _algorithm(digest)
    _algorithm(algorithm)
    (listed,) = token[1].expect(der.SET).children()
    _algorithm(listed)
    if version.integer() != 1 or listed.children()[0].oid() != digest.children()[0].oid():
        raise FormatError("The time-stamp has other parts than are kept.", code=_CODE)
    issuer = signed.certificate.issuer.public_bytes()
    if name.expect(der.SEQUENCE).body != issuer + der.integer(signed.certificate.serial_number):
        raise FormatError("The time-stamp names another signer than signed it.", code=_CODE)
    _chain(signed.certificate, [node.whole for node in token[3].children()])
    return signed.stamp.time


def _algorithm(node: Node) -> None:
    """An algorithm without parameters, or with an empty one."""
    parts = node.expect(der.SEQUENCE).children()
    if [part.whole for part in parts[1:]] not in ([], [_NULL]):
        raise FormatError("An algorithm of the time-stamp has parameters.", code=_CODE)


def _chain(signer: x509.Certificate, enclosed: Sequence[bytes]) -> None:
    """Every enclosed certificate has signed, or issued another that is of use here."""
    certificates = [x509.load_der_x509_certificate(whole) for whole in enclosed]
    used, waiting = {signer}, [signer]
    while waiting:
        one = waiting.pop()
        for other in certificates:
            if other not in used and _issued(one, other):
                used.add(other)
                waiting.append(other)
    for certificate, whole in zip(certificates, enclosed, strict=True):
        signature = der.parse(whole).children()[2].expect(der.BIT_STRING).body
        if certificate not in used or signature[0]:  # signatures are whole bytes
            raise SignatureError("The time-stamp encloses a certificate that it does not need.")
        issuers = [one for one in certificates if one.subject == certificate.issuer]
        if not issuers and _elsewhere(certificate):
            continue  # Whoever believes its issuer brings that certificate.
        if not any(_issued(certificate, one) for one in issuers):
            raise SignatureError("A certificate in the time-stamp was changed.")


def _elsewhere(certificate: x509.Certificate) -> bool:
    """Whether it says that another key than its own has signed it (RFC 5280 4.2.1.1)."""
    try:
        extensions = certificate.extensions
        issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        own = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return issuer.key_identifier != own.digest


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
