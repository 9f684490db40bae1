"""What somebody sent for a verb, read into the types of its arguments.

One way for all: a form, a JSON object and a command line give the same values and the same
refusals. A form and a command give texts; JSON also numbers, true and false, and a file as an
object with `name` and `data` in base64.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from trust.formats import origins
from trust.formats.errors import SakshiError, Several, Word
from web import dates, staff
from web.errors import ChoiceError, FieldFileError, FieldNeededError, FieldTextError, SlugError
from web.verbs.model import Argument, Upload, Values, Verb

YES: Final = ("yes", "on", "true", "1")
SLUG: Final = 60


def read(verb: Verb, given: Mapping[str, Any]) -> Values:
    """The values of a verb's arguments.

    Raises:
        FieldError: one of them is missing, too long, or not what it must be.
    """
    return {one.name: _value(one, given) for one in verb.arguments}


def _value(one: Argument, given: Mapping[str, Any]) -> Any:
    found = given.get(one.name)
    if one.kind == "yes":
        return found is True or (isinstance(found, str) and found.strip().lower() in YES)
    if found is None or (isinstance(found, str) and not found.strip()):
        if one.required:
            raise FieldNeededError(one.name)
        return None
    return _READERS[one.kind](one, given)


def _text(one: Argument, given: Mapping[str, Any]) -> str:
    if not isinstance(given.get(one.name), str):
        raise FieldTextError(one.name)
    return staff.text(given, one.name, one.limit)


def _choice(one: Argument, given: Mapping[str, Any]) -> str:
    found = _text(one, given)
    if found not in one.choices:
        raise ChoiceError(one.name, choices=Several(Word(one.words, it) for it in one.choices))
    return found


def _society(one: Argument, given: Mapping[str, Any]) -> str:
    """A slug, from a slug or a registration number."""
    found = _text(one, given)
    try:
        slug = origins.slug(found)
    except SakshiError:
        raise SlugError(one.name) from None
    if len(slug) > SLUG:
        raise SlugError(one.name)
    return slug


def _login(one: Argument, given: Mapping[str, Any]) -> str:
    return _text(one, given).lower()


def _file(one: Argument, given: Mapping[str, Any]) -> Upload:
    found = given[one.name]
    if isinstance(found, Upload):
        return found
    if not isinstance(found, dict) or not isinstance(found.get("data"), str):
        raise FieldFileError(one.name)
    try:
        data = base64.b64decode(found["data"], validate=True)
    except (ValueError, binascii.Error):
        raise FieldFileError(one.name) from None
    return Upload(str(found.get("name", ""))[:200], data)


_READERS: Final[Mapping[str, Callable[[Argument, Mapping[str, Any]], Any]]] = {
    "text": _text,
    "lines": _text,
    "choice": _choice,
    "society": _society,
    "login": _login,
    "file": _file,
    "day": lambda one, given: dates.day(given, one.name),
    "number": lambda one, given: staff.number(given, one.name),
}
