"""Words of day books and general ledgers as tables, and of the sheets of a workbook."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "no-header/daybook": {
        "en": "No row names the columns of a day book: Date, Particulars, Vch Type, Vch No., Debit "
        "Amount, Credit Amount.",
        "ml": "Date, Particulars, Vch Type, Vch No., Debit Amount, Credit Amount എന്നീ "
        "ഡേ ബുക്ക് കോളങ്ങൾ പറയുന്ന "
        "വരിയില്ല.",
    },
    "no-header/general-ledger": {
        "en": "This is a list of transactions. To be read as a general ledger it needs the columns "
        "date, account, voucher number, and debit and credit; rows of one voucher number are one "
        "voucher.",
        "ml": "ഇത് ഇടപാടുകളുടെ പട്ടികയാണ്. ജനറൽ ലെഡ്ജറായി വായിക്കാൻ തീയതി, അക്കൗണ്ട്, വൗച്ചർ "
        "നമ്പർ, പറ്റ്, വരവ് എന്നീ കോളങ്ങൾ "
        "വേണം; ഒരേ വൗച്ചർ നമ്പറുള്ള വരികൾ ഒരു വൗച്ചറാണ്.",
    },
    "empty/daybook": {"en": "The day book has no vouchers.", "ml": "ഡേ ബുക്കിൽ വൗച്ചറുകളില്ല."},
    "empty/general-ledger": {
        "en": "The general ledger has no rows.",
        "ml": "ജനറൽ ലെഡ്ജറിൽ വരികളില്ല.",
    },
    "daybook-line": {
        "en": "This line has an amount and stands under no voucher.",
        "ml": "ഈ വരിയിൽ തുകയുണ്ട്; അത് ഒരു വൗച്ചറിന്റെയും കീഴിലല്ല.",
    },
    "outside-period": {
        "en": "{count} vouchers are dated outside the period in the heading ({first} to {last}).",
        "ml": "{count} വൗച്ചറുകളുടെ തീയതി തലക്കെട്ടിലെ കാലയളവിന് ({first} മുതൽ {last} വരെ) പുറത്താണ്.",
    },
    "side-unknown": {"en": "“{text}” is neither Dr nor Cr.", "ml": "“{text}” Dr-ഉം Cr-ഉം അല്ല."},
    "sign/ledger": {
        "en": "The amounts of this ledger have a sign and no Dr or Cr. Is an "
        "amount without a minus "
        "a debit or a credit?",
        "ml": "ഈ ലെഡ്ജറിലെ തുകകൾക്ക് Dr, Cr ഇല്ല, ചിഹ്നമേയുള്ളൂ. മൈനസില്ലാത്ത തുക പറ്റാണോ (debit) വരവാണോ (credit)?",
    },
    "sheet": {
        "en": "Several sheets or tables of the file may be meant: {sheets}. Which one?",
        "ml": "ഫയലിലെ ഒന്നിലധികം ഷീറ്റുകളോ പട്ടികകളോ ആവാം ഉദ്ദേശിച്ചത്: {sheets}. ഏതാണ്?",
    },
    "sheet-read": {
        "en": "The sheet “{sheet}” was read; these were not: {left}.",
        "ml": "“{sheet}” എന്ന ഷീറ്റ് വായിച്ചു; ഇവ വായിച്ചില്ല: {left}.",
    },
    "cell-error": {
        "en": "Cell {cell} holds the error {text}. Put it right in the workbook and save it.",
        "ml": "{cell} എന്ന കളത്തിൽ {text} എന്ന പിഴവുണ്ട്. ഫയലിൽ ശരിയാക്കി സൂക്ഷിക്കുക.",
    },
    "formula-unsaved": {
        "en": "Cell {cell} holds a formula without a stored result. Open the workbook in Excel or "
        "LibreOffice and save it.",
        "ml": "{cell} എന്ന കളത്തിൽ ഫലം സൂക്ഷിക്കാത്ത ഫോർമുലയുണ്ട്. ഫയൽ Excel-ലോ LibreOffice-ലോ തുറന്ന് സൂക്ഷിക്കുക.",
    },
    "broken/zip": {
        "en": "The file is a damaged workbook or zip file. Save or send it again.",
        "ml": "ഫയൽ കേടായ workbook അല്ലെങ്കിൽ zip ആണ്. വീണ്ടും സൂക്ഷിക്കുക അല്ലെങ്കിൽ അയയ്ക്കുക.",
    },
    "broken/workbook": {
        "en": "The workbook cannot be read: {why}. Open it in its program and save it again.",
        "ml": "workbook വായിക്കാനാവുന്നില്ല: {why}. അതിന്റെ പ്രോഗ്രാമിൽ തുറന്ന് വീണ്ടും സൂക്ഷിക്കുക.",
    },
    "broken/web-page": {
        "en": "The web page cannot be read: {why}.",
        "ml": "വെബ് പേജ് വായിക്കാനാവുന്നില്ല: {why}.",
    },
    "broken/cell": {
        "en": "Cell {cell} of the sheet “{sheet}” can be read in two ways. "
        "Open the workbook in its "
        "program and save it again.",
        "ml": "“{sheet}” എന്ന ഷീറ്റിലെ {cell} എന്ന കളം രണ്ടു തരത്തിൽ വായിക്കാം. ഫയൽ അതിന്റെ "
        "പ്രോഗ്രാമിൽ തുറന്ന് വീണ്ടും സൂക്ഷിക്കുക.",
    },
}
