"""Words of faults of rows and columns of any table."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "missing": {"en": "{title} is empty; it is needed.", "ml": "{title} ഒഴിഞ്ഞുകിടക്കുന്നു; അത് വേണം."}
}
