"""Words of questions that are asked before a file is sealed; the code stands before the slash."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "incomplete": {
        "en": "{count} rows or vouchers of the file are refused. Shall the others be sealed "
        "without them?",
        "ml": "ഫയലിലെ {count} വരികളോ വൗച്ചറുകളോ നിരസിച്ചു. അവ കൂടാതെ മറ്റുള്ളവ മുദ്രവയ്ക്കണോ?",
    }
}
