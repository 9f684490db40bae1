"""The sentences of the findings about filed sheets, in both languages.

They stand here and not in a file beside, because the offline verifier, which reads no file of its
own accord, says the same words as the pages. The Malayalam is listed as unreviewed in
``docs/translation-review.csv``.
"""

from collections.abc import Iterator
from typing import Final, TypedDict


class Said(TypedDict):
    """A sentence or word in both languages, with the same places in braces."""

    en: str
    ml: str


WORDS: Final[dict[str, Said]] = {
    "prior-differs": {
        "en": "{line}: {filed} was filed for {before}; the sheet of {year} shows {shown} for it.",
        "ml": "{line}: {before}-ൽ സമർപ്പിച്ചത് {filed}; {year}-ലെ ഷീറ്റ് അതിനു കാണിക്കുന്നത് {shown}.",
    },
    "prior-missing": {
        "en": "A sheet of {before} was filed, and the sheet of {year} shows no column for it.",
        "ml": "{before}-ലെ ഷീറ്റ് സമർപ്പിച്ചിട്ടുണ്ട്; {year}-ലെ ഷീറ്റിൽ അതിന്റെ കോളമില്ല.",
    },
    "prior-unfiled": {
        "en": "No sheet of {before} was filed; the sheet of {year} has that column from the books.",
        "ml": "{before}-ൽ ഷീറ്റ് സമർപ്പിച്ചിട്ടില്ല; {year}-ലെ ഷീറ്റ് ആ കോളം കണക്കുപുസ്തകത്തിൽ നിന്നാണ് എടുക്കുന്നത്.",
    },
    "open-check": {
        "en": "Open when the sheet of {year} was filed (check {number}): {fault}.",
        "ml": "{year}-ലെ ഷീറ്റ് സമർപ്പിച്ചപ്പോൾ പരിഹരിക്കാതിരുന്നത് (പരിശോധന {number}): {fault}.",
    },
    "as-of": {
        "en": "The sheet of {year} is as of {as_of}, not {last}, and names no order as the reason.",
        "ml": "{year}-ലെ ഷീറ്റ് {last}-ലെയല്ല, {as_of}-ലെയാണ്; കാരണമായി ഒരു ഉത്തരവും പറയുന്നില്ല.",
    },
    "as-of-outside": {
        "en": "The sheet of {year} is as of {as_of}, a day outside that year.",
        "ml": "{year}-ലെ ഷീറ്റ് ആ വർഷത്തിനു പുറത്തുള്ള {as_of}-ലെയാണ്.",
    },
    "as-of-ahead": {
        "en": "The sheet of {year} is as of {as_of}, but was filed before that day, on {filed}.",
        "ml": "{year}-ലെ ഷീറ്റ് {as_of}-ലെയാണ്; പക്ഷേ അതിനു മുമ്പ് {filed}-ൽ സമർപ്പിച്ചു.",
    },
    "reason-needless": {
        "en": "The sheet of {year} is as of {last} and names a reason as if it were not.",
        "ml": "{year}-ലെ ഷീറ്റ് {last}-ലെയാണ്; അല്ലാത്തതുപോലെ കാരണം പറയുന്നു.",
    },
    "order-ahead": {
        "en": "The sheet of {year} was filed on {filed} and names an order of a later day, "
        "{ordered_on}.",
        "ml": "{filed}-ൽ സമർപ്പിച്ച {year}-ലെ ഷീറ്റ് അതിനു ശേഷമുള്ള {ordered_on}-ലെ ഉത്തരവു പറയുന്നു.",
    },
    "as-of-reason": {
        "en": "The sheet of {year} is as of {as_of}: {ground}, order {reference} of {ordered_on}.",
        "ml": "{year}-ലെ ഷീറ്റ് {as_of}-ലെയാണ്: {ground}, {ordered_on}-ലെ ഉത്തരവ് {reference}.",
    },
    "signature-missing": {
        "en": "The sheet of {year} lacks the signature of the {role}.",
        "ml": "{year}-ലെ ഷീറ്റിൽ {role} ഒപ്പിട്ടിട്ടില്ല.",
    },
    "signature-one": {
        "en": "The sheet of {year} is not signed by the {role}; its form asks for one signature.",
        "ml": "{year}-ലെ ഷീറ്റിൽ {role} ഒപ്പിട്ടിട്ടില്ല; ആ രൂപത്തിൽ ഒരു ഒപ്പു മതിയായിരുന്നു.",
    },
    "late-unnamed": {
        "en": "Entries sealed into {year} after the figures of its sheet were taken: {count}, from "
        "{first} to {last}. Of these, {unnamed} without a word of what they correct.",
        "ml": "{year}-ലെ ഷീറ്റിന്റെ കണക്കെടുത്ത ശേഷം ആ വർഷത്തേക്ക് {count} രേഖകൾ മുദ്രവെച്ചു "
        "({first} മുതൽ {last} വരെ); അതിൽ {unnamed} എണ്ണം എന്താണു തിരുത്തുന്നതെന്നു പറയുന്നില്ല.",
    },
    "late-named": {
        "en": "Entries sealed into {year} after the figures of its sheet were taken: {count}, from "
        "{first} to {last}. Each names what it corrects.",
        "ml": "{year}-ലെ ഷീറ്റിന്റെ കണക്കെടുത്ത ശേഷം ആ വർഷത്തേക്ക് {count} രേഖകൾ മുദ്രവെച്ചു "
        "({first} മുതൽ {last} വരെ); ഓരോന്നും എന്താണു തിരുത്തുന്നതെന്നു പറയുന്നു.",
    },
    "late-refiled": {
        "en": "Entries sealed into {year} after the figures of this sheet were taken: {count}, "
        "from {first} to {last}. The sheet was filed again since.",
        "ml": "ഈ ഷീറ്റിന്റെ കണക്കെടുത്ത ശേഷം {year}-ലേക്ക് {count} രേഖകൾ മുദ്രവെച്ചു "
        "({first} മുതൽ {last} വരെ); പിന്നീട് ഷീറ്റ് വീണ്ടും സമർപ്പിച്ചു.",
    },
    "late-moves": {
        "en": "{line}: {filed} was filed for {year}; with the entries sealed since it is {now}.",
        "ml": "{line}: {year}-ൽ സമർപ്പിച്ചത് {filed}; പിന്നീടു മുദ്രവെച്ച രേഖകൾ ചേർത്താൽ {now}.",
    },
    "late-reason": {
        "en": "The society said on {day} of entries sealed into {year} after its sheet: “{reason}”",
        "ml": "{year}-ലെ ഷീറ്റിനു ശേഷം മുദ്രവെച്ച രേഖകളെക്കുറിച്ച് സംഘം {day}-ൽ പറഞ്ഞത്: “{reason}”",
    },
    "late-closed": {
        "en": "Entries sealed after the figures of the sheet of {year} were taken that cannot be "
        "opened here: {count}. Whether they fall into that year is not known.",
        "ml": "{year}-ലെ ഷീറ്റിന്റെ കണക്കെടുത്ത ശേഷം മുദ്രവെച്ച {count} രേഖകൾ ഇവിടെ തുറക്കാനാവില്ല; "
        "അവ ആ വർഷത്തേതാണോ എന്ന് അറിയില്ല.",
    },
    "unposted": {
        "en": "{count} imports of {year} were begun and never ended: the sheet does not count "
        "their entries.",
        "ml": "{year}-ലെ {count} ഇറക്കുമതി തുടങ്ങി, അവസാനിച്ചിട്ടില്ല: അവയിലെ രേഖകൾ ഷീറ്റ് കണക്കാക്കുന്നില്ല.",
    },
    "erased": {
        "en": "The contents of {count} vouchers sealed before the figures of the sheet of {year} "
        "were taken were erased: nobody can compute those figures again from them.",
        "ml": "{year}-ലെ ഷീറ്റിന്റെ കണക്കെടുക്കും മുൻപു മുദ്രവെച്ച {count} വൗച്ചറിന്റെ ഉള്ളടക്കം മായ്ച്ചു: "
        "അവയിൽനിന്ന് ആ കണക്ക് ഇനി ആർക്കും വീണ്ടും കൂട്ടാനാവില്ല.",
    },
    "withdrawn": {
        "en": "Entries that the sheet of {year} counts and that were withdrawn after its figures "
        "were taken: {count}, last on {last}.",
        "ml": "{year}-ലെ ഷീറ്റിൽ കണക്കാക്കിയ {count} രേഖകൾ അതിന്റെ കണക്കെടുത്ത ശേഷം പിൻവലിച്ചു, "
        "അവസാനം {last}-ൽ.",
    },
    "replaced": {
        "en": "This sheet of {year} no longer stands: another was filed in its place on {day}.",
        "ml": "{year}-ലെ ഈ ഷീറ്റ് ഇനി നിലവിലില്ല: {day}-ൽ പകരം മറ്റൊന്നു സമർപ്പിച്ചു.",
    },
    "replaces": {
        "en": "The sheet of {year} was filed again: this one stands in place of that of {day}.",
        "ml": "{year}-ലെ ഷീറ്റ് വീണ്ടും സമർപ്പിച്ചതാണ്: {day}-ലേതിനു പകരമാണ് ഇത്.",
    },
    "before-changed": {
        "en": "{line}: {filed} was filed for {before}, but {year} opens from books giving {now}.",
        "ml": "{line}: {before}-ൽ സമർപ്പിച്ചത് {filed}; പക്ഷേ {year} തുടങ്ങുന്ന കണക്കിൽ {now}.",
    },
    "before-late": {
        "en": "Entries sealed into {before}, or withdrawn from it, after the figures of the sheet "
        "of {year} were taken, which opens from that year: {count}. The sheet of {before} tells "
        "them.",
        "ml": "{year}-ലെ ഷീറ്റിന്റെ കണക്കെടുത്ത ശേഷം അതു തുടങ്ങുന്ന {before}-ലേക്ക് {count} രേഖകൾ "
        "മുദ്രവെച്ചു, അല്ലെങ്കിൽ അതിൽനിന്നു പിൻവലിച്ചു; {before}-ലെ ഷീറ്റ് അവ കാണിക്കുന്നു.",
    },
}
"""Sentences by the code of the finding."""

ROLES: Final[dict[str, Said]] = {
    "secretary": {"en": "secretary", "ml": "സെക്രട്ടറി"},
    "president": {"en": "president", "ml": "പ്രസിഡന്റ്"},
}

GROUNDS: Final[dict[str, Said]] = {
    "first-year": {"en": "first year of the society", "ml": "സംഘത്തിന്റെ ആദ്യ വർഷം"},
    "merger": {"en": "merger", "ml": "ലയനം"},
    "winding-up": {"en": "winding up", "ml": "സംഘം പിരിച്ചുവിടൽ"},
}
"""Grounds on which a sheet may be as of another day than 31 March."""

FAULTS: Final[dict[str, Said]] = {
    "unbalanced": {"en": "a voucher does not balance", "ml": "ഒരു വൗച്ചർ ഒത്തുപോകുന്നില്ല"},
    "unbalanced-day": {
        "en": "debits and credits of a day differ",
        "ml": "ഒരു ദിവസത്തെ ഡെബിറ്റും ക്രെഡിറ്റും ഒത്തുപോകുന്നില്ല",
    },
    "trial-balance": {"en": "the trial balance is out", "ml": "ട്രയൽ ബാലൻസ് ഒത്തുപോകുന്നില്ല"},
    "row-does-not-roll": {
        "en": "a row of the trial balance does not roll",
        "ml": "ട്രയൽ ബാലൻസിലെ ഒരു വരി ശരിയാകുന്നില്ല",
    },
    "opening-differs": {
        "en": "the year does not open as the year before closed",
        "ml": "മുൻവർഷത്തെ നീക്കിയിരിപ്പിൽ നിന്നല്ല വർഷം തുടങ്ങുന്നത്",
    },
    "account-unknown": {"en": "an account is not in the chart", "ml": "ഒരു അക്കൗണ്ട് പട്ടികയിലില്ല"},
    "sides-differ": {"en": "assets and liabilities differ", "ml": "ആസ്തിയും ബാധ്യതയും ഒത്തുപോകുന്നില്ല"},
    "does-not-cast": {
        "en": "the lines do not sum to the totals",
        "ml": "വരികളുടെ തുക ആകെത്തുകയുമായി ഒത്തുപോകുന്നില്ല",
    },
    "prior-does-not-cast": {
        "en": "the column of the year before does not cast",
        "ml": "മുൻവർഷത്തെ കോളം ഒത്തുപോകുന്നില്ല",
    },
    "prior-differs": {
        "en": "the column of the year before is not what was filed",
        "ml": "മുൻവർഷത്തെ കോളം സമർപ്പിച്ചതല്ല",
    },
    "prior-missing": {"en": "the column of the year before is missing", "ml": "മുൻവർഷത്തെ കോളം ഇല്ല"},
    "profit-differs": {
        "en": "the profit in the account is not that of the sheet",
        "ml": "കണക്കിലെ ലാഭം ഷീറ്റിലേതല്ല",
    },
    "gross-differs": {
        "en": "the trading result is not the one taken to profit and loss",
        "ml": "വ്യാപാരഫലം ലാഭനഷ്ടക്കണക്കിലേക്ക് എടുത്തതല്ല",
    },
    "stock-differs": {
        "en": "closing stock in trading is not that of the sheet",
        "ml": "വ്യാപാരക്കണക്കിലെ നീക്കിയിരിപ്പു ചരക്ക് ഷീറ്റിലേതല്ല",
    },
    "suspense": {"en": "an amount stands on a suspense account", "ml": "സസ്പെൻസ് അക്കൗണ്ടിൽ തുക ബാക്കിയുണ്ട്"},
    "cash-negative": {
        "en": "cash is below nothing at the end of a day",
        "ml": "ഒരു ദിവസത്തിന്റെ അവസാനം കൈയിരിപ്പു പണം പൂജ്യത്തിൽ താഴെയാണ്",
    },
    "dated-ahead": {"en": "a voucher is dated in the future", "ml": "ഒരു വൗച്ചറിന് ഭാവിയിലെ തീയതിയാണ്"},
    "late-entry": {
        "en": "an entry was added to a filed year without naming what it corrects",
        "ml": "എന്താണു തിരുത്തുന്നതെന്നു പറയാതെ സമർപ്പിച്ച വർഷത്തിലേക്ക് ഒരു രേഖ ചേർത്തു",
    },
    "same-content": {"en": "vouchers are alike", "ml": "ഒരുപോലെയുള്ള വൗച്ചറുകളുണ്ട്"},
    "number-missing": {"en": "voucher numbers are missing", "ml": "വൗച്ചർ നമ്പറുകളിൽ വിടവുണ്ട്"},
    "number-repeated": {"en": "a voucher number stands twice", "ml": "ഒരു വൗച്ചർ നമ്പർ രണ്ടുതവണയുണ്ട്"},
    "figures-repeated": {
        "en": "all figures are those of the year before",
        "ml": "എല്ലാ തുകകളും മുൻവർഷത്തേതു തന്നെയാണ്",
    },
}
"""What the checks of a sheet find, as a phrase; other codes are told as they are."""

MALFORMED: Final[Said] = {"en": "an amount was refused on import", "ml": "ഇറക്കുമതിയിൽ ഒരു തുക നിരസിച്ചു"}


def listed() -> Iterator[tuple[str, Said]]:
    """Everything said here by a key, for those who review the Malayalam."""
    parts = (("finding", WORDS), ("role", ROLES), ("ground", GROUNDS), ("fault", FAULTS))
    for section, said in parts:
        for name, pair in said.items():
            yield f"{section}.{name}", pair
    yield "fault.amount", MALFORMED
