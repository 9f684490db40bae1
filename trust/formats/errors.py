"""Errors of the protocol, each a sentence a person can act on.

Every error raised on bad bytes, proofs or signatures anywhere in Sakshi is a ``SakshiError``.
``str(error)`` is the sentence; ``error.code`` is a slug that stays the same when the sentence is
reworded or translated, so that pages, the API and tests can rely on it.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Named:
    """A name that stands in both languages, such as a society's, as a place of a sentence."""

    en: str
    ml: str

    def __str__(self) -> str:
        return self.en

    def __format__(self, spec: str) -> str:
        return format(self.en, spec)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a closed set as a place of a sentence, such as a role.

    The pages say it by the catalogue's key ``group.name``, the commands by the name itself.
    """

    group: str
    name: str

    def __str__(self) -> str:
        return self.name.replace("-", " ").replace("_", " ")

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Several(tuple[object, ...]):
    """Places written one after the other, with commas between."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class SakshiError(Exception):
    """Base of all protocol errors: a class has status, slug and sentence of one refusal.

    A class sets `default_code` (slug), `status` (HTTP) and `text`, its English sentence with
    places in braces; whoever raises it names the places: ``raise ClosedError(at=Moment(closes))``.
    Malayalam stands in the catalogue of the pages under the slug, with the same places.

    Args:
        message: the sentence itself, for a class without `text`.
        code: stable slug; the class's own slug if not given.
        places: what fills the braces: text, numbers, days, `trust.formats.times.Moment`, `Named`,
            `Word`, `Several` of these, or another refusal.
    """

    default_code: ClassVar[str] = "sakshi"
    status: int = 422
    text: ClassVar[str] = ""
    field: str = ""
    """Name of the form's field that the sentence speaks of, if it is one."""

    def __init__(
        self, message: str | None = None, *, code: str | None = None, **places: object
    ) -> None:
        self.message = self.text.format(**places) if message is None else message
        super().__init__(self.message)
        self.places = places
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


class NotSignedError(SignatureError):
    """The record carries no signature."""

    default_code = "not-signed"
    text = "The {kind} is not signed."


class OtherKindError(SignatureError):
    """The record is of another kind than its place."""

    default_code = "other-kind"
    text = "This is a {found} record, not a {wanted}."


class ChangedAfterSigningError(SignatureError):
    """The signature does not fit the record."""

    default_code = "signature-wrong"
    text = (
        "A signature on this {kind} does not verify: it was changed after signing, or it was "
        "signed for another record, log or purpose. Load the page again and sign once more."
    )


class DateError(FormatError):
    """The text is no day of the calendar."""

    default_code = "date"
    text = "{found} is not a date such as 2026-11-22."


class TimeError(FormatError):
    """The text is no time in UTC."""

    default_code = "time"
    text = "{found} is not a UTC time such as 2026-11-22T05:00:00Z."
