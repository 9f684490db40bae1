"""`docs/verbs.md`: every verb of the table, made from it (`make verbs`; a test compares)."""

import sys
from collections.abc import Iterable
from itertools import groupby
from types import NoneType
from typing import Any

from web.verbs import table
from web.verbs.model import Argument, Verb

HEAD = """# Verbs of departments, societies and their people

Made by `make verbs` from the table `web/verbs`; change it there. Each verb is a command, an
operation of the API and (unless it reads) a form at `/do/<group>/<name>`, with the same arguments,
rights and refusals. A command acts as a person: `--as LOGIN` with that person's password, asked for
or from `SAKSHI_PASSWORD`; `--json` prints the answer of the API. Exit status: 0 done, 1 refused
with a reason, 2 wrong input. An argument in brackets may be left out.
"""
_KINDS = {"lines": "text", "day": "date", "yes": "yes or no"}


def page() -> str:
    """The document."""
    parts = [HEAD]
    found = sorted(table.verbs(), key=lambda one: one.group)
    for group, verbs in groupby(found, key=lambda one: one.group):
        parts.append(f"\n## {group}\n\n" + "\n".join(_rows(verbs)) + "\n")
    return "".join(parts)


def _rows(verbs: Iterable[Verb]) -> list[str]:
    head = ["| command | API | who | arguments | answer | what |", "|---|---|---|---|---|---|"]
    return head + [_row(one) for one in verbs]


def _row(verb: Verb) -> str:
    method = "GET" if verb.reads else "POST"
    told = ", ".join(map(_argument, verb.arguments)) or "-"
    answer = _answer(verb.answer) + (", or a request that waits (202)" if verb.waits else "")
    who = ", ".join(verb.roles) or "anybody signed in"
    return (
        f"| `sakshi {verb.group} {verb.name}` | {method} `/api/v1{verb.path}` | {who} | {told} | "
        f"{answer} | {verb.summary} |"
    )


def _argument(one: Argument) -> str:
    kind = " or ".join(one.choices) if one.kind == "choice" else _KINDS.get(one.kind, one.kind)
    told = f"{one.name}: {kind}"
    return told if one.required and one.kind != "yes" else f"[{told}]"


def _answer(kind: Any) -> str:
    if kind is NoneType:
        return "done"
    return str(getattr(kind, "__name__", kind)).lstrip("_")


if __name__ == "__main__":
    sys.stdout.write(page())
