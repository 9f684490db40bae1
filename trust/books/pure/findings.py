"""What is found about a filed balance sheet: one type, one colour, the same words on every face.

A finding has a code, a colour of its own and the figures that fill its sentence (`findingwords`).
*Red*: something is wrong, or moved and nobody says why. *Amber*: each later entry names what it
corrects, or the sheet was filed again. *Green*: told, and in order. The colour of a sheet is that
of its worst finding. `findinglist` makes findings from records, `later` from later entries.

A version 2 sheet with a red finding is wrong for the verifier. On version 1 everything is told as
a note, for its rules asked less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trust.books.pure import comparewords, findingwords
from trust.books.pure.money import format_paise
from trust.formats.times import IST

Colour = Literal["red", "amber", "green"]
Lang = Literal["en", "ml"]

_WORDS = findingwords.WORDS | comparewords.WORDS

_RANK: tuple[Colour, ...] = ("green", "amber", "red")


class Paise(int):
    """An amount in paise that is told as rupees with two decimals."""

    def __str__(self) -> str:
        return format_paise(int(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Day(str):
    """An ISO date that is told as dd/mm/yyyy."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        year, month, day = self.split("-")
        return format(f"{day}/{month}/{year}", spec)


def day_of(moment: int) -> Day:
    """The day in India of an instant in UTC seconds."""
    return Day(datetime.fromtimestamp(moment, IST).date().isoformat())


Place = str | int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found about a sheet.

    Attributes:
        code: slug of the finding; its sentence stands under it in `findingwords`.
        places: what fills the sentence: counts, `Paise`, `Day`, slugs; a word that differs by
            language stands twice, as ``name_en`` and ``name_ml``.
    """

    code: str
    colour: Colour
    places: Mapping[str, Place]

    def text(self, lang: str = "en") -> str:
        """The sentence in a language (``en`` or ``ml``)."""
        tongue: Lang = "ml" if lang == "ml" else "en"
        own = dict(self.places)
        for name, value in self.places.items():
            if name.endswith(f"_{tongue}"):
                own[name.removesuffix(f"_{tongue}")] = value
        return _WORDS[self.code][tongue].format(**own)

    @property
    def figures(self) -> dict[str, int | str]:
        """What fills the sentence, as plain values: counts, paise, ISO days, words."""
        return {
            name: int(value) if isinstance(value, int) else str.__str__(value)
            for name, value in self.places.items()
        }

    def as_json(self) -> dict[str, object]:
        """For programs: code, colour, both sentences, and the figures (paise, ISO days)."""
        return {
            "code": self.code,
            "colour": self.colour,
            "text_en": self.text("en"),
            "text_ml": self.text("ml"),
            "figures": self.figures,
        }


def colour(found: Iterable[Finding]) -> Colour:
    """The colour of a sheet: that of its worst finding, green if there is none."""
    return max((item.colour for item in found), key=_RANK.index, default="green")


def is_wrong(item: Finding, version: int) -> bool:
    """Whether a verifier says *wrong* (exit code 1) or only tells it as a note."""
    return version >= 2 and item.colour == "red"
