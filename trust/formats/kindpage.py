"""The page `docs/formats/kinds.md`: every kind and version with its members, from the registry.

Somebody who writes a verifier reads that page instead of this code, so it is written by this
module (`make kinds`) and compared with it by a test.
"""

from collections.abc import Iterator

from trust.formats import fields, logkinds, records
from trust.formats.kinds.base import YEARLY, Kind

_HEAD = """\
# Kinds of record, member by member

This page is written from the registry by `make kinds`. A test compares the two. What the \
records mean together is in [formats.md](../formats.md).

A record has exactly the members of its kind and version: none is missing but those that may be \
left out, and there is no other. `v` is the version. Lengths of text count Unicode code points \
after the normalisation of section 3. `a[].b` is the member `b` of each object in the list `a`, \
`a.b` that of the object `a`. A list may be empty, and so may a text, unless said otherwise. \
*base64*, *hex*, dates and times are as the first lines of formats.md say. A financial year is the \
four digits of its first calendar year, `-`, and the last two digits of the next.

"May be erased" says what a record allows. An `erasure` stands in the book log of a society alone, \
so of the entries of other logs nothing is erased.
"""

_SHOWN = {
    "all": "A package opens it whole, with its second payload, to whom is entitled.",
    "record": "A package opens the record and never the second payload.",
    "nothing": "No package opens it.",
}
_ERASED = {
    "record": "The record and its second payload may be erased.",
    "detail": "Only the second payload may be erased.",
    "renewed": "It may be erased once a later record of the kind holds the same key.",
    "nothing": "Nothing of it may be erased.",
}
_SECOND = {
    "roll-line": "Not an entry: a line of the file `roll`.",
    "register-line": "Not an entry: a leaf under the root of `register-opening`.",
    "login": "Not an entry: signed and sent, never kept.",
}


def page() -> str:
    """The whole page, with its final line feed."""
    parts = [_HEAD]
    for log in (*logkinds.KINDS, YEARLY, None):
        found = [kind for _, kind in sorted(records.KINDS.items()) if kind.log == log]
        if found:
            parts.append(f"## {_heading(log)}\n")
            parts += [_section(kind) for kind in found]
    return "\n".join(parts)


def _heading(log: str | None) -> str:
    if log is None:
        return "Records that are no entries"
    return "Entries of every yearly log" if log == YEARLY else f"Entries of the log `{log}`"


def _section(kind: Kind) -> str:
    lines = [f"### `{kind.name}` {kind.version}", "", f"{_capital(kind.meaning)}. {_who(kind)}", ""]
    lines += ["| member | type | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *_rows(kind)]) + "\n"


def _rows(kind: Kind) -> Iterator[str]:
    for row in fields.members(kind.fields):
        yield f"| `{row.path}` | {row.words} | {row.meaning} |"


def _who(kind: Kind) -> str:
    """Whether everybody may read it, and what is shown and erased of a private one."""
    if kind.log is None:
        whole = kind.name.removesuffix("-detail")
        return _SECOND.get(kind.name, f"Not an entry: the second payload of a `{whole}`.")
    if kind.public:
        return "Public."
    return f"Private. {_SHOWN[kind.shown]} {_ERASED[kind.erasable]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
