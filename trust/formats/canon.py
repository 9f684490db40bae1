"""Canonical records: RFC 8785 without floats, and one spelling for every Malayalam letter.

Rules (docs/formats.md section 3): objects with unique ASCII keys; integers within ±(2^53-1);
text in NFC after the chillu rewrites; no lone surrogates; no control characters but LF in text.
Two programs that hash the same facts must hash the same bytes, so `parse` refuses every byte
string that is not exactly what `canonical` would write.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, TypeAlias

from trust.formats.errors import FormatError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_INT = 2**53 - 1
MAX_DEPTH = 16
FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text of a record holds: control characters but LF, and halves of characters."""
_VIRAMA_ZWJ = "\u0d4d\u200d"
_UNPLAIN = re.compile(r"[\\\x7f-\x9f\ud800-\udfff]")
_REWRITES = (
    ("\u0d23" + _VIRAMA_ZWJ, "\u0d7a"),
    ("\u0d28" + _VIRAMA_ZWJ, "\u0d7b"),
    ("\u0d30" + _VIRAMA_ZWJ, "\u0d7c"),
    ("\u0d32" + _VIRAMA_ZWJ, "\u0d7d"),
    ("\u0d33" + _VIRAMA_ZWJ, "\u0d7e"),
    ("\u0d15" + _VIRAMA_ZWJ, "\u0d7f"),
    ("\u0d7b\u0d4d\u0d31", "\u0d28\u0d4d\u0d31"),
    ("\u0d4c", "\u0d57"),
)
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def normalise_text(text: str) -> str:
    """One spelling for text that is to be hashed: NFC with the Malayalam rewrites.

    The rewrites run before and after NFC, because composing can bring the two-part vowel sign
    back in its other form; the result is a fixed point.
    """
    for _ in range(2):
        for old, new in _REWRITES:
            text = text.replace(old, new)
        text = unicodedata.normalize("NFC", text)
    for old, new in _REWRITES:
        text = text.replace(old, new)
    return text


def canonical(value: Json) -> bytes:
    """The one byte string of a record; raises FormatError for anything outside section 3."""
    if _sound(value, 0):
        text = _encode(value)
        if _plain(text):
            return text.encode("utf-8")
    try:
        _check(value, 0)
    except _CanonError as error:
        raise FormatError(f"record{error}") from None
    return _encode(value).encode("utf-8")


def parse(data: bytes, *, limit: int = 4_000_000) -> dict[str, Json]:
    """Read a canonical record; refuses other bytes that JSON would read the same."""
    if len(data) > limit:
        raise FormatError(f"The record is larger than {limit} bytes.")
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_int=_bounded_int)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise FormatError(f"The record is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise FormatError("A record is a JSON object; this is another JSON value.")
    if canonical(value) != data:
        raise FormatError(
            "The record is not in canonical form (RFC 8785: sorted keys, no spaces, NFC text)."
        )
    return value


def normalised(value: Any) -> Any:
    """A copy of a JSON value with every text normalised (keys stay as they are)."""
    if isinstance(value, str):
        return normalise_text(value)
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    return value


def _no_float(text: str) -> None:
    raise ValueError(f"{text} is not an integer; amounts are integer paise")


def _bounded_int(text: str) -> int:
    if len(text) > 17:
        raise ValueError("a number is outside ±(2^53-1)")
    return int(text)


def _sound(value: Any, depth: int) -> bool:
    """Whether all but the texts of a value is surely right; where not, `_check` decides."""
    kind = type(value)
    if depth >= MAX_DEPTH or (kind is not dict and kind is not list):
        return False
    if kind is dict:
        try:
            if not "".join(value).isascii():
                return False
        except TypeError:  # a key that is no text
            return False
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is int:
            if not -MAX_INT <= item <= MAX_INT:
                return False
        elif not (kind is str or item is None or kind is bool or _sound(item, depth + 1)):
            return False
    return True


def _plain(text: str) -> bool:
    """Whether all texts of a record, written as JSON, are surely right.

    JSON escapes control characters, so a record without a backslash has none below U+0020.
    """
    if text.isascii():
        return "\\" not in text and "\x7f" not in text
    return not (
        _UNPLAIN.search(text)
        or any(old in text for old, _ in _REWRITES)
        or not unicodedata.is_normalized("NFC", text)
    )


class _CanonError(Exception):
    """What is wrong, beginning with the path below the value at hand."""


def _check(value: object, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise _CanonError(" is outside ±(2^53-1).")
    elif depth >= MAX_DEPTH:
        raise _CanonError(f" is nested more than {MAX_DEPTH} deep.")
    elif isinstance(value, list):
        _check_items(enumerate(value), "[{}]", depth)
    elif isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or not key.isascii() or not key.isprintable():
                raise _CanonError(" has a key that is not printable ASCII.")
        _check_items(value.items(), ".{}", depth)
    else:
        raise _CanonError(f" is a {type(value).__name__}; records hold no such value.")


def _check_items(items: Iterable[tuple[object, object]], step: str, depth: int) -> None:
    """Check members or items; only a fault pays for writing down where it lies."""
    where: object = ""
    try:
        for where, item in items:  # noqa: B007 (read when a fault is raised)
            _check(item, depth + 1)
    except _CanonError as error:
        raise _CanonError(step.format(where) + str(error)) from None


def _check_text(text: str) -> None:
    if text.isascii() and text.isprintable():
        return
    if FORBIDDEN.search(text):
        raise _CanonError(" holds a control character or half of a surrogate pair.")
    if any(old in text for old, _ in _REWRITES) or not unicodedata.is_normalized("NFC", text):
        raise _CanonError(" is not in NFC with the Malayalam rewrites.")
