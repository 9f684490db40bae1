"""RFC 3161 time-stamps: the request, and what a response proves when its authority is believed.

What is stamped is a note, by its SHA-256. A response is believed only with certificates that the
verifier brings: the authority's own, or one that issued it (RFC 3161 2.3 and 2.4, RFC 5652 5,
RFC 5035 for the certificate that signed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import new as new_hash
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from trust.formats import der
from trust.formats.der import Node
from trust.formats.errors import FormatError, SignatureError

_SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERT, _SIGNING_CERT_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_SIGNATURES: dict[str, hashes.HashAlgorithm | None] = {
    "1.2.840.113549.1.1.1": None,  # plain RSA: with the digest of the signer
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
    "1.3.101.112": None,
}

DAMAGED = (
    IndexError,
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What reading a damaged time-stamp or certificate may raise besides our own refusals."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a response states: the digest, when (UTC seconds), and the nonce it answers."""

    digest: bytes
    time: int
    nonce: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token states, the certificate that signed it, and the parts of its signer."""

    stamp: Stamp
    certificate: x509.Certificate
    signer: tuple[Node, ...]


def request(digest: bytes, nonce: int) -> bytes:
    """A request for a SHA-256 digest that asks for the authority's certificate."""
    algorithm = der.element(der.SEQUENCE, der.oid(_SHA256), der.element(der.NULL))
    imprint = der.element(der.SEQUENCE, algorithm, der.element(der.OCTETS, digest))
    certificate = der.element(der.BOOLEAN, b"\xff")
    return der.element(der.SEQUENCE, der.integer(1), imprint, der.integer(nonce), certificate)


def read(response: bytes) -> Stamp:
    """What a granted response states; its signature is not checked.

    Raises FormatError when it is refused or malformed.
    """
    try:
        return _stamp(_content(token(response))[0])
    except IndexError:
        raise FormatError("The time-stamp lacks a part.", code="time-stamp") from None


def verify(response: bytes, note: bytes, trusted: bytes) -> int:
    """The time (UTC seconds) at which an authority saw this note.

    `trusted` holds PEM certificates: the authority's own, or the one that issued it.

    Raises:
        FormatError: malformed, refused, or an algorithm that is not known here.
        SignatureError: of another note, wrongly signed, or by an authority that is not believed.
    """
    try:
        return _verified(response, note, trusted)
    except DAMAGED:
        raise FormatError("A part of the time-stamp is missing or damaged.") from None


def _verified(response: bytes, note: bytes, trusted: bytes) -> int:
    parts = token(response)
    signed = signed_by_enclosed(parts)
    if signed.stamp.digest != sha256(note).digest():
        raise SignatureError("The time-stamp is of another note.", code="other-note")
    _check_authority(signed.certificate, _certificates(parts), trusted, signed.stamp.time)
    return signed.stamp.time


def signed_by_enclosed(parts: Sequence[Node]) -> Signed:
    """What a token states, verified with the certificate it encloses; whose that is, is not asked.

    Raises FormatError or SignatureError, as `verify` does.
    """
    info, signer = _content(parts)
    attributes = _attributes(signer)
    certificate = _signing_certificate(attributes, _certificates(parts))
    _check_signature(signer, attributes, info, certificate)
    return Signed(_stamp(info), certificate, tuple(signer))


def token(response: bytes) -> list[Node]:
    """The parts of SignedData in a response."""
    parts = der.parse(response).expect(der.SEQUENCE).children()
    status = parts[0].expect(der.SEQUENCE).children()[0].integer() if parts else -1
    if status not in (0, 1) or len(parts) < 2:
        raise FormatError(f"The time-stamp was not granted (status {status}).", code="not-granted")
    kind, wrapped = _pair(parts[1])
    if kind.oid() != _SIGNED_DATA:
        raise FormatError("The time-stamp is not signed data.", code="time-stamp")
    return _one(wrapped.expect(0xA0)).expect(der.SEQUENCE).children()


def _pair(node: Node) -> tuple[Node, Node]:
    parts = node.expect(der.SEQUENCE).children()
    if len(parts) != 2:
        raise FormatError("A part of the time-stamp has other members.", code="time-stamp")
    return parts[0], parts[1]


def _one(node: Node) -> Node:
    parts = node.children()
    if len(parts) != 1:
        raise FormatError("The time-stamp has not exactly one of a part.", code="time-stamp")
    return parts[0]


def _content(signed: Sequence[Node]) -> tuple[bytes, list[Node]]:
    """The stamped information and the one signer's parts."""
    if len(signed) < 4:
        raise FormatError("The time-stamp is cut off.", code="time-stamp")
    kind, wrapped = _pair(signed[2])
    if kind.oid() != _TST_INFO:
        raise FormatError("The signed data is not a time-stamp.", code="time-stamp")
    info = _one(wrapped.expect(0xA0)).expect(der.OCTETS).body
    return info, _one(signed[-1].expect(der.SET)).expect(der.SEQUENCE).children()


def _stamp(info: bytes) -> Stamp:
    parts = der.parse(info).expect(der.SEQUENCE).children()
    if len(parts) < 5:
        raise FormatError("The time-stamp is cut off.", code="time-stamp")
    algorithm, digest = _pair(parts[2])
    if algorithm.children()[0].oid() != _SHA256:
        raise FormatError("The time-stamp is of another kind of digest.", code="time-stamp")
    try:
        text = parts[4].expect(der.TIME).body.decode("ascii")
        form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
        when = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as error:
        raise FormatError("The time-stamp states no time.", code="time-stamp") from error
    nonce = der.find(parts[5:], der.INTEGER)
    return Stamp(
        digest.expect(der.OCTETS).body,
        int(when.timestamp()),
        None if nonce is None else nonce.integer(),
    )


def _certificates(signed: Sequence[Node]) -> list[x509.Certificate]:
    enclosed = der.find(signed, 0xA0)
    try:
        return [
            x509.load_der_x509_certificate(node.whole)
            for node in (enclosed.children() if enclosed else [])
        ]
    except ValueError as error:
        raise FormatError(f"A certificate in the time-stamp is damaged: {error}") from None


def _attributes(signer: Sequence[Node]) -> Node:
    found = der.find(signer, 0xA0)
    if found is None:
        raise FormatError("The time-stamp's signer states nothing.", code="time-stamp")
    return found


def _attribute(attributes: Node, name: str) -> Node | None:
    for item in attributes.children():
        kind, values = _pair(item)
        if kind.oid() == name:
            return _one(values.expect(der.SET))
    return None


def _signing_certificate(
    attributes: Node, certificates: Sequence[x509.Certificate]
) -> x509.Certificate:
    """The certificate that the signer says it signed with, by its hash."""
    for name, usual in ((_SIGNING_CERT_V2, "sha256"), (_SIGNING_CERT, "sha1")):
        attribute = _attribute(attributes, name)
        if attribute is None:
            continue
        first = attribute.children()[0].children()[0].children()
        method = usual
        if first[0].tag == der.SEQUENCE:
            algorithm = _DIGESTS.get(first[0].children()[0].oid())
            if algorithm is None:
                break
            method, first = algorithm.name, first[1:]
        wanted = first[0].expect(der.OCTETS).body
        for certificate in certificates:
            whole = certificate.public_bytes(Encoding.DER)
            if new_hash(method, whole, usedforsecurity=name != _SIGNING_CERT).digest() == wanted:
                return certificate
    raise SignatureError("The certificate that signed the time-stamp is not enclosed.")


def _check_signature(
    signer: Sequence[Node], attributes: Node, info: bytes, certificate: x509.Certificate
) -> None:
    parts = [node for node in signer if node.tag not in (0xA0, 0xA1)]
    if len(parts) < 5:
        raise FormatError("The time-stamp's signer is cut off.", code="time-stamp")
    digest = _DIGESTS.get(parts[2].children()[0].oid())
    name = parts[3].children()[0].oid()
    if digest is None or name not in _SIGNATURES:
        raise FormatError("The time-stamp is signed in a way not known here.", code="algorithm")
    kind, stated = _attribute(attributes, _CONTENT_TYPE), _attribute(attributes, _MESSAGE_DIGEST)
    if kind is None or kind.oid() != _TST_INFO or stated is None:
        raise SignatureError("The time-stamp's signer does not say what it signed.")
    if stated.expect(der.OCTETS).body != new_hash(digest.name, info).digest():
        raise SignatureError("The time-stamp does not hold what its authority signed.")
    message = der.element(der.SET, attributes.body)
    signature = parts[4].expect(der.OCTETS).body
    try:
        _verify(certificate, signature, message, _SIGNATURES[name] or digest)
    except InvalidSignature:
        raise SignatureError("The signature of the time-stamp is wrong.") from None


def _verify(
    certificate: x509.Certificate, signature: bytes, message: bytes, digest: hashes.HashAlgorithm
) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, message)
    else:
        raise FormatError("The authority's key is of a kind not known here.", code="algorithm")


def _check_authority(
    certificate: x509.Certificate, enclosed: Sequence[x509.Certificate], trusted: bytes, time: int
) -> None:
    """The signer is a time-stamp authority, valid then, and issued by somebody believed."""
    try:
        roots = x509.load_pem_x509_certificates(trusted)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except ValueError as error:
        raise FormatError(f"The trusted certificates cannot be read: {error}") from None
    except x509.ExtensionNotFound:
        raise SignatureError("The signer of the time-stamp is no time-stamp authority.") from None
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical:
        raise SignatureError("The signer of the time-stamp is no time-stamp authority.")
    known, current = set(roots), certificate
    for _ in range(len(enclosed) + 1):
        _check_valid(current, time)
        if current in known:
            return
        issuer = next((one for one in (*roots, *enclosed) if _issued(current, one)), None)
        if issuer is None or issuer == current:
            break
        current = issuer
    raise SignatureError(
        "The authority of the time-stamp was not issued by any certificate believed here.",
        code="unknown-authority",
    )


def _check_valid(certificate: x509.Certificate, time: int) -> None:
    moment = datetime.fromtimestamp(time, UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise SignatureError("A certificate of the authority was not valid at the stamped time.")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.value.ca
