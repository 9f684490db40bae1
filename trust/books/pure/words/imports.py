"""Words of how an import went."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "import-finished": {
        "en": "An import that was left open ({filename}) was finished now: {count} of its {total} "
        "entries were sealed.",
        "ml": "തീരാതെ കിടന്ന ഇറക്കുമതി ({filename}) ഇപ്പോൾ പൂർത്തിയാക്കി: ആകെ {total} എണ്ണത്തിൽ {count} "
        "എണ്ണം മുദ്രവച്ചു.",
    }
}
