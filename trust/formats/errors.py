"""Faults of the protocol, each a sentence a person can act on.

Every error raised on bad bytes, proofs or signatures anywhere in Sakshi is a ``SakshiError``.
``str(error)`` is the sentence; ``error.code`` is a slug that stays the same when the sentence is
reworded or translated, so that pages, the API and tests can rely on it.
"""

from __future__ import annotations

from typing import ClassVar


class SakshiError(Exception):
    """Base of all protocol faults.

    Args:
        message: what is wrong and, where it helps, what to do, as one human sentence or two.
        code: stable slug; the class's own slug if not given.
    """

    default_code: ClassVar[str] = "sakshi"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code: str = code if code is not None else self.default_code


class FormatError(SakshiError):
    """The bytes do not follow the grammar they claim to follow."""

    default_code = "format"


class ProofError(SakshiError):
    """A Merkle proof does not lead from what it starts with to the root it claims."""

    default_code = "proof"


class SignatureError(SakshiError):
    """A signature is missing, is by somebody else, or does not fit the signed bytes."""

    default_code = "signature"


class NotCheckedError(SakshiError):
    """Something could not be checked here; never to be read as "right"."""

    default_code = "not-checked"
