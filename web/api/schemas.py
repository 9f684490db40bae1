"""JSON schemas of answers, read from the types that are sent.

`of` describes what `web.negotiate.plain` makes of a value of a type, member by member, so that the
OpenAPI document says what the server sends and cannot fall behind it.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from web.negotiate import Json

Schema = Mapping[str, Json]
TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
OBJECT: Final[Schema] = {"type": "object"}
ROW: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
"""The number of a row in a path."""

_PLAIN: Final[Mapping[object, Schema]] = {
    str: TEXT,
    int: NUMBER,
    bool: BOOLEAN,
    type(None): {"type": "null"},
    bytes: {"type": "string", "pattern": "^([0-9a-f]{2})*$", "description": "bytes in hex"},
    date: {"type": "string", "format": "date"},
    Any: {},
    object: {},
    Json: {},
}
_LISTS: Final = (list, tuple, set, frozenset, Sequence)


def schema(**members: Schema) -> Schema:
    """The schema of an object with exactly these members needed."""
    return {"type": "object", "required": list(members), "properties": dict(members)}


def besides(needed: Schema, **members: Schema) -> Schema:
    """The schema of an object with further members that may be left out."""
    known = needed["properties"]
    assert isinstance(known, Mapping)
    return {**needed, "properties": {**known, **members}}


def choice(*words: str) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": list(words)}


def nullable(inner: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [dict(inner), {"type": "null"}]}


def items(inner: Schema) -> Schema:
    """A list of that."""
    return {"type": "array", "items": dict(inner)}


def of(kind: Any) -> Schema:
    """The schema of a type whose values are sent.

    Raises:
        TypeError: `plain` would not send such a value, or this module does not know it yet.
    """
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return choice(*(one.name for one in kind))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return schema(**{field.name: of(hints[field.name]) for field in fields(kind)})
    return _generic(kind)


def _generic(kind: Any) -> Schema:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [dict(of(one)) for one in inner]}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": dict(of(inner[1]))}
    if origin in _LISTS:
        return _listed([one for one in inner if one is not Ellipsis])
    raise TypeError(f"{kind!r} is no type of an answer")


def _listed(inner: Sequence[Any]) -> Schema:
    """A list of one type, or a pair and such, whose members may be of several types."""
    told = [dict(of(one)) for one in inner]
    return {"type": "array", "items": told[0] if len(told) == 1 else {"anyOf": told}}
