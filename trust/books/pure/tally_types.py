"""Which voucher types post: the built-in types of the product, and those a society made itself.

A society's own type descends from a built-in one. The master says so; a day book without masters
does not, and then nobody may guess: an order posts nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trust.books.model import Question
from trust.books.pure.faultwords import question

POSTS, NOTHING = ANSWERS = ("posts", "posts-nothing")

_POSTING = frozenset(
    {"contra", "payment", "receipt", "journal", "sales", "purchase", "credit note", "debit note"}
)
_NOT_POSTING = {
    "sales order": "an order posts nothing",
    "purchase order": "an order posts nothing",
    "job work in order": "an order posts nothing",
    "job work out order": "an order posts nothing",
    "delivery note": "a delivery note posts nothing; its invoice does",
    "receipt note": "a receipt note posts nothing; its invoice does",
    "rejections in": "a rejection note posts nothing; its credit note does",
    "rejections out": "a rejection note posts nothing; its debit note does",
    "material in": "a stock movement posts nothing",
    "material out": "a stock movement posts nothing",
    "memorandum": "a memorandum posts nothing",
    "attendance": "attendance posts nothing",
    "payroll": "payroll without balanced ledger lines posts nothing",
    "physical stock": "a stock count posts nothing",
    "stock journal": "a stock journal posts nothing",
    "manufacturing journal": "a stock journal posts nothing",
    "reversing journal": "a reversing journal stands in scenario reports only",
}
_PAYROLL = "payroll"
_SAID = "of a type that posts nothing, as the society says"
_ORDERS = re.compile(
    r"\b(?:po|so|orders?|quotations?|estimates?|indents?|requisitions?|pro ?forma|challans?)\b"
)
_QUESTION = "voucher-type"
_DEPTH = 16


@dataclass(slots=True)
class VoucherTypes:
    """What is known of the types of a file, and what has to be asked.

    Attributes:
        parents: the type above each, by name in lower case: of this file and of earlier ones.
        said: ``posts`` or ``posts-nothing`` by name in lower case: answers about earlier files.
        answers: about this file, by the code of the question.
        met: own types of the file of which nobody knew what they are: name and vouchers.
    """

    parents: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    met: dict[str, tuple[str, int]] = field(default_factory=dict)

    def reason(self, name: str, *, balanced: bool) -> str:
        """Why a voucher of a type posts nothing; empty if it posts."""
        base = self.base(name)
        if base == _PAYROLL and balanced:
            return ""
        if base in _NOT_POSTING:
            return _NOT_POSTING[base]
        if not base or base in _POSTING:
            return ""
        return "" if self._verdict(base, name) == POSTS else _SAID

    def questions(self) -> tuple[Question, ...]:
        """One for each own type that is neither known nor answered."""
        found = []
        for key, (name, count) in sorted(self.met.items()):
            if self._answer(key):
                continue
            one = question("voucher-type", answers=_first(name), name=name, count=count)
            found.append(one if len(self.met) == 1 else replace(one, code=_code(name)))
        return tuple(found)

    def answered(self) -> dict[str, str]:
        """What was said about own types of this file."""
        return {key: said for key in self.met if (said := self._answer(key))}

    def _verdict(self, base: str, name: str) -> str:
        key = fold(name)
        if known := self.said.get(key) or self.said.get(base):
            return known
        shown, count = self.met.get(key, (name, 0))
        self.met[key] = (shown, count + 1)
        return self._answer(key) or _first(name)[0]

    def _answer(self, key: str) -> str:
        said = self.answers.get(_code(key)) or self.answers.get(_QUESTION, "")
        return said if said in ANSWERS else ""

    def base(self, name: str) -> str:
        """The built-in type a type descends from, or the last that is known above it."""
        key, seen = fold(name), 0
        while key not in _NOT_POSTING and key in self.parents and seen < _DEPTH:
            parent = fold(self.parents[key])
            if parent == key:
                break
            key, seen = parent, seen + 1
        return key


def fold(name: str) -> str:
    """The form in which names of types are compared."""
    return " ".join(name.split()).casefold()


def _code(name: str) -> str:
    """The code under which one type is answered if several are asked about."""
    return f"{_QUESTION}-" + re.sub(r"\W+", "-", fold(name)).strip("-")


def _first(name: str) -> tuple[str, str]:
    """The answers; what the name suggests stands first and is what a preview shows."""
    return (NOTHING, POSTS) if _ORDERS.search(fold(name)) else (POSTS, NOTHING)
