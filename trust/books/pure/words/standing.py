"""Words of how a file meets what stands in the books already."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "opened-already": {
        "en": "{year} has opening balances already, and these are others. Void the earlier import "
        "or correct it by a voucher.",
        "ml": "{year} വർഷത്തിന് മുന്നിരിപ്പുകൾ ഉണ്ട്; ഇവ വേറെയാണ്. മുമ്പത്തെ ഇറക്കുമതി അസാധുവാക്കുക, അല്ലെങ്കിൽ "
        "വൗച്ചറിലൂടെ തിരുത്തുക.",
    },
    "year-posted-already/vouchers": {
        "en": "{year} has vouchers already; its trial balance would count them twice. Void the "
        "earlier import first.",
        "ml": "{year} വർഷത്തിന് വൗച്ചറുകളുണ്ട്; ട്രയൽ ബാലൻസ് ചേർത്താൽ ഇരട്ടിക്കും. ആദ്യം മുമ്പത്തെ ഇറക്കുമതി അസാധുവാക്കുക.",
    },
    "year-posted-already/sum": {
        "en": "{year} was posted from a trial balance; single vouchers would count twice. Void the "
        "earlier import first.",
        "ml": "{year} വർഷം ട്രയൽ ബാലൻസിൽനിന്ന് ചേർത്തതാണ്; വൗച്ചറുകൾ ചേർത്താൽ ഇരട്ടിക്കും. ആദ്യം മുമ്പത്തെ "
        "ഇറക്കുമതി അസാധുവാക്കുക.",
    },
    "book-year-assumed/masters": {
        "en": "The masters do not name their book year; openings were taken for {year}.",
        "ml": "മാസ്റ്ററുകളിൽ കണക്കുവർഷം പറയുന്നില്ല; മുന്നിരിപ്പുകൾ {year} വർഷത്തേക്ക് എടുത്തു.",
    },
    "book-year-assumed/file": {
        "en": "The file does not name its book year; {year} was taken.",
        "ml": "ഫയലിൽ കണക്കുവർഷം പറയുന്നില്ല; {year} എന്ന് എടുത്തു.",
    },
}
