"""Field types of records: a small closed set, each with the one check it stands for.

`struct` refuses unknown, missing and ill-typed members, so that two readers of a record can
never disagree about what a surplus member might have meant.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from trust.formats import b64, times
from trust.formats.canon import Json
from trust.formats.errors import FormatError

Check = Callable[[Json, str], None]

_SLUG = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*-*")
_HEX = re.compile(r"[0-9a-f]{64}")
_YEAR = re.compile(r"([0-9]{4})-([0-9]{2})")
_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a record: its name, its check, and what it means to a reader."""

    name: str
    check: Check
    meaning: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object that lies within a field: the way to it, its type, its meaning."""

    path: str
    words: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Told:
    """A field type in words, for the page of kinds, and the members of the objects within."""

    words: str
    below: tuple[Member, ...] = ()


_TOLD: dict[Check, Told] = {}


def told(check: Check) -> Told:
    """What a check of this module asks for, in words; KeyError for a check of another module."""
    return _TOLD[check]


def _says(words: str, below: Sequence[Member] = ()) -> Callable[[Check], Check]:
    """Keep the words of the check that is decorated."""

    def keep(check: Check) -> Check:
        _TOLD[check] = Told(words, tuple(below))
        return check

    return keep


def members(fields: Sequence[Field]) -> tuple[Member, ...]:
    """The members of an object in words, those within their objects and lists behind each."""
    rows: list[Member] = []
    for one in fields:
        found = told(one.check)
        words = f"{found.words}; may be left out" if one.optional else found.words
        rows.append(Member(one.name, words, one.meaning))
        rows += [Member(f"{one.name}{row.path}", row.words, row.meaning) for row in found.below]
    return tuple(rows)


def _under(step: str, inner: Check) -> list[Member]:
    """The members within an item, with the step to it before their paths."""
    return [Member(f"{step}{row.path}", row.words, row.meaning) for row in told(inner).below]


def _range(minimum: int, maximum: int) -> str:
    if minimum == maximum:
        return f"the number {minimum}"
    return f"whole number, {_number(minimum)} to {_number(maximum)}"


def _number(value: int) -> str:
    """A bound as a person writes it: 2^53-1 instead of sixteen digits."""
    power = abs(value).bit_length()
    if power < 16 or abs(value) != 2**power - 1:
        return str(value)
    return f"2^{power}-1" if value > 0 else f"-(2^{power}-1)"


# What many records of a batch have in common is looked at once. Callers bound the text, and the
# caches are small, so that foreign text cannot fill the memory.
@lru_cache(maxsize=256)
def _matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


_parse_date = lru_cache(maxsize=1024)(times.parse_date)


class _FieldError(FormatError):
    """A fault whose sentence begins with the member it is about; callers put their path before."""


def _check_members(value: Json, fields: Sequence[Field], where: str) -> None:
    if not isinstance(value, dict):
        raise _FieldError(f"{where} is not an object.")
    seen = 0
    for field in fields:
        name = field.name
        if name in value:
            seen += 1
            try:
                field.check(value[name], "")
            except FormatError as error:
                raise _below(error, where, f".{name}") from None
        elif not field.optional:
            raise _FieldError(f"{where} lacks its member {name!r}.")
    if seen != len(value):
        surplus = sorted(set(value) - {field.name for field in fields})
        raise _FieldError(f"{where} has a member {surplus[0]!r} that its kind does not have.")


def _below(error: FormatError, where: str, step: str) -> _FieldError:
    """The error of a member or an item, with the path to it written down."""
    between = "" if isinstance(error, _FieldError) else ": "
    return _FieldError(f"{where}{step}{between}{error}")


def _fail(where: str, what: str) -> FormatError:
    return _FieldError(f"{where} is not {what}.")


def text(maximum: int = 4000) -> Check:
    """Text of at most so many characters."""

    @_says(f"text, at most {maximum} characters")
    def check(value: Json, where: str) -> None:
        if not isinstance(value, str) or len(value) > maximum:
            raise _fail(where, f"text of at most {maximum} characters")

    return check


def integer(minimum: int, maximum: int) -> Check:
    """A whole number between two bounds."""

    @_says(_range(minimum, maximum))
    def check(value: Json, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _fail(where, "a whole number")
        if not minimum <= value <= maximum:
            raise _fail(where, f"a whole number from {minimum} to {maximum}")

    return check


paise: Check = integer(-(2**53 - 1), 2**53 - 1)
count: Check = integer(0, 2**53 - 1)


@_says("true or false")
def boolean(value: Json, where: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _fail(where, "true or false")


@_says("word: a-z first, then a-z, 0-9 and `-`; at most 64 characters")
def word(value: Json, where: str) -> None:
    """A word of lower-case letters, digits and hyphens."""
    if not isinstance(value, str) or len(value) > 64 or not _matches(_WORD, value):
        raise _fail(where, "a word of lower-case letters, digits and hyphens")


@_says("slug: a-z, 0-9 and `-`, no `-` first; at most 100 characters")
def slug(value: Json, where: str) -> None:
    """A society's slug."""
    if not isinstance(value, str) or len(value) > 100 or not _matches(_SLUG, value):
        raise _fail(where, "a society's slug")


@_says("64 hex digits, lower case")
def hex_digest(value: Json, where: str) -> None:
    """A SHA-256 in lower-case hex."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise _fail(where, "a SHA-256 in lower-case hex")


def base64_of(length: int) -> Check:
    """Exactly so many bytes in canonical base64."""

    @_says(f"base64 of {length} bytes")
    def check(value: Json, where: str) -> None:
        if not isinstance(value, str) or len(b64.decode(value)) != length:
            raise _fail(where, f"{length} bytes in base64")

    return check


@_says("date, `2026-11-22`")
def date(value: Json, where: str) -> None:
    """A calendar date."""
    if not isinstance(value, str):
        raise _fail(where, "a date")
    _parse_date(value)


@_says("time, `2026-11-22T05:00:00Z`")
def time(value: Json, where: str) -> None:
    """A time in UTC."""
    if not isinstance(value, str):
        raise _fail(where, "a time in UTC")
    times.parse_time(value)


@_says("financial year, `2026-27`")
def book_year(value: Json, where: str) -> None:
    """A financial year such as "2026-27"."""
    if not isinstance(value, str) or len(value) != 7 or not _is_book_year(value):
        raise _fail(where, 'a financial year such as "2026-27"')


@lru_cache(maxsize=256)
def _is_book_year(text: str) -> bool:
    match = _YEAR.fullmatch(text)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])


def one_of(*words: str) -> Check:
    """One of these words."""

    @_says("one of " + ", ".join(f"`{word}`" for word in words) if words[1:] else f"`{words[0]}`")
    def check(value: Json, where: str) -> None:
        if value not in words:
            raise _fail(where, "one of " + ", ".join(words))

    return check


def nullable(inner: Check) -> Check:
    """Null, or what the inner check wants."""

    @_says(f"{told(inner).words}; or null", told(inner).below)
    def check(value: Json, where: str) -> None:
        if value is not None:
            inner(value, where)

    return check


def items(inner: Check, maximum: int = 100_000) -> Check:
    """A list whose every item passes the inner check."""

    @_says(f"list of at most {maximum}, each: {told(inner).words}", _under("[]", inner))
    def check(value: Json, where: str) -> None:
        if not isinstance(value, list) or len(value) > maximum:
            raise _fail(where, f"a list of at most {maximum} items")
        position = 0
        try:
            for position, item in enumerate(value):  # noqa: B007 (read when an error is raised)
                inner(item, "")
        except FormatError as error:
            raise _below(error, where, f"[{position}]") from None

    return check


def struct(*fields: Field) -> Check:
    """An object with exactly these members."""
    needed = [(field.name, field.check) for field in fields if not field.optional]

    @_says("object", [Member(f".{row.path}", row.words, row.meaning) for row in members(fields)])
    def check(value: Json, where: str) -> None:
        if isinstance(value, dict) and len(value) == len(needed):
            try:
                for name, inner in needed:
                    inner(value[name], "")
            except (KeyError, FormatError):
                pass  # told below, with its path
            else:
                return
        _check_members(value, fields, where)

    return check


def mapping(inner: Check) -> Check:
    """An object whose keys are free words (figures of an alert, for example)."""

    @_says(f"object with free names, each: {told(inner).words}", _under(".*", inner))
    def check(value: Json, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _fail(where, "an object")
        for key, item in value.items():
            try:
                inner(item, "")
            except FormatError as error:
                raise _below(error, where, f".{key}") from None

    return check


@_says("text, whole number, true, false or null")
def scalar(value: Json, where: str) -> None:
    """Anything but a list or an object."""
    if isinstance(value, list | dict):
        raise _fail(where, "a single value")


SIGNATURES: Check = items(
    struct(
        Field("key", base64_of(32), "Ed25519 public key of the signer"),
        Field("role", word, "in which role the signer signs"),
        Field("sig", base64_of(64), "Ed25519 signature, section 5 of formats.md"),
    ),
    maximum=16,
)
