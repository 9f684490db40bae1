"""Words that say what a file is which is not read, and what to do instead."""

from typing import Final

from trust.books.pure.findingwords import Said

_TALLY_EN = "In Tally open the Day Book, press Alt+E (Export) and choose XML or Excel."
_TALLY_ML = "ടാലിയിൽ Day Book തുറന്ന് Alt+E (Export) അമർത്തി XML അല്ലെങ്കിൽ Excel തിരഞ്ഞെടുക്കുക."

WORDS: Final[dict[str, Said]] = {
    "not-a-book/pdf": {
        "en": "This is a PDF; figures cannot be taken from it with certainty. Export the register "
        "as Excel, CSV or XML from the program that made it.",
        "ml": "ഇത് PDF ആണ്; അതിൽനിന്ന് തുകകൾ ഉറപ്പോടെ എടുക്കാനാവില്ല. ഉണ്ടാക്കിയ "
        "പ്രോഗ്രാമിൽനിന്ന് Excel, CSV അല്ലെങ്കിൽ XML "
        "ആയി എടുക്കുക.",
    },
    "not-a-book/image": {
        "en": "This is a picture. Export the register as Excel, CSV or XML, or type it into the "
        "template.",
        "ml": "ഇത് ചിത്രമാണ്. രജിസ്റ്റർ Excel, CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക, അല്ലെങ്കിൽ മാതൃകയിൽ ടൈപ്പ് ചെയ്യുക.",
    },
    "not-a-book/zip": {
        "en": "This is a zip file. Unpack it and import the files in it one by one.",
        "ml": "ഇത് zip ഫയലാണ്. തുറന്ന് അതിലുള്ള ഫയലുകൾ ഓരോന്നായി ഇറക്കുമതി ചെയ്യുക.",
    },
    "not-a-book/archive": {
        "en": "This is a packed archive. Unpack it and import the files in it one by one.",
        "ml": "ഇത് ചുരുക്കിയ ഫയലാണ്. തുറന്ന് അതിലുള്ള ഫയലുകൾ ഓരോന്നായി ഇറക്കുമതി ചെയ്യുക.",
    },
    "not-a-book/xls-binary": {
        "en": "This is an Excel file of the old kind (.xls). Open it in Excel or LibreOffice and "
        "save it as .xlsx.",
        "ml": "ഇത് പഴയ തരം Excel ഫയലാണ് (.xls). Excel-ലോ LibreOffice-ലോ തുറന്ന് .xlsx ആയി സൂക്ഷിക്കുക.",
    },
    "not-a-book/xlsb": {
        "en": "This is a binary Excel file (.xlsb). Open it in Excel and save it as .xlsx.",
        "ml": "ഇത് ബൈനറി Excel ഫയലാണ് (.xlsb). Excel-ൽ തുറന്ന് .xlsx ആയി സൂക്ഷിക്കുക.",
    },
    "not-a-book/encrypted": {
        "en": "The file is locked with a password. Open it, take the password off and save it.",
        "ml": "ഫയൽ പാസ്‌വേഡ് കൊണ്ട് പൂട്ടിയതാണ്. തുറന്ന് പാസ്‌വേഡ് നീക്കി സൂക്ഷിക്കുക.",
    },
    "not-a-book/word": {
        "en": "This is a text document or a presentation. Copy its table into a spreadsheet and "
        "save that as .xlsx.",
        "ml": "ഇത് എഴുത്തുരേഖയോ അവതരണമോ ആണ്. അതിലെ പട്ടിക സ്പ്രെഡ്ഷീറ്റിലേക്ക് പകർത്തി .xlsx ആയി സൂക്ഷിക്കുക.",
    },
    "not-a-book/database": {
        "en": "This is the file of a database. Export the register from its program as Excel, CSV "
        "or XML.",
        "ml": "ഇത് ഡേറ്റാബേസ് ഫയലാണ്. അതിന്റെ പ്രോഗ്രാമിൽനിന്ന് Excel, CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "not-a-book/web-page": {
        "en": "This is a web page without a table, perhaps a log-in page that was saved. Export "
        "the register again.",
        "ml": "ഇത് പട്ടികയില്ലാത്ത വെബ് പേജാണ്; സൂക്ഷിച്ചുപോയ ലോഗിൻ പേജാവാം. രജിസ്റ്റർ വീണ്ടും എടുക്കുക.",
    },
    "other-kind/bank-statement": {
        "en": "This is a bank statement: it says what the bank booked, not the accounts of the "
        "society. Enter it in the books and import the day book or the trial balance.",
        "ml": "ഇത് ബാങ്ക് സ്റ്റേറ്റ്‌മെന്റാണ്: ബാങ്ക് എഴുതിയതാണ് അതിൽ, സംഘത്തിന്റെ കണക്കല്ല. കണക്കിൽ ചേർത്ത് ഡേ ബുക്കോ ട്രയൽ "
        "ബാലൻസോ ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/mt940": {
        "en": "This is a bank statement in the bank's MT940 form. Enter it in the books and import "
        "the day book or the trial balance.",
        "ml": "ഇത് MT940 രൂപത്തിലുള്ള ബാങ്ക് സ്റ്റേറ്റ്‌മെന്റാണ്. കണക്കിൽ ചേർത്ത് ഡേ ബുക്കോ ട്രയൽ ബാലൻസോ ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/camt053": {
        "en": "This is a bank statement in the bank's camt.053 form. Enter it in the books and "
        "import the day book or the trial balance.",
        "ml": "ഇത് camt.053 രൂപത്തിലുള്ള ബാങ്ക് സ്റ്റേറ്റ്‌മെന്റാണ്. കണക്കിൽ ചേർത്ത് ഡേ ബുക്കോ "
        "ട്രയൽ ബാലൻസോ ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/ofx": {
        "en": "This is a bank statement in the OFX form. Enter it in the books and import the day "
        "book or the trial balance.",
        "ml": "ഇത് OFX രൂപത്തിലുള്ള ബാങ്ക് സ്റ്റേറ്റ്‌മെന്റാണ്. കണക്കിൽ ചേർത്ത് ഡേ ബുക്കോ ട്രയൽ ബാലൻസോ ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/qif": {
        "en": "This is a list of transactions in the QIF form. Export a trial balance or a general "
        "ledger as CSV.",
        "ml": "ഇത് QIF രൂപത്തിലുള്ള ഇടപാടുപട്ടികയാണ്. ട്രയൽ ബാലൻസോ ജനറൽ ലെഡ്ജറോ CSV ആയി എടുക്കുക.",
    },
    "other-kind/gnucash": {
        "en": "This is an export of GnuCash. Export its trial balance, or a general ledger with "
        "date, account, voucher number, debit and credit, as CSV.",
        "ml": "ഇത് GnuCash-ന്റെ ഫയലാണ്. ട്രയൽ ബാലൻസോ, തീയതി, അക്കൗണ്ട്, വൗച്ചർ നമ്പർ, പറ്റ്, വരവ് ഉള്ള ജനറൽ ലെഡ്ജറോ "
        "CSV ആയി എടുക്കുക.",
    },
    "other-kind/receipts-and-payments": {
        "en": "This is a receipts and payments account. It has no closing balances of the other "
        "accounts; import the trial balance of the same year.",
        "ml": "ഇത് വരവുചെലവ് കണക്കാണ്. മറ്റ് അക്കൗണ്ടുകളുടെ നീക്കിയിരിപ്പ് അതിലില്ല; അതേ വർഷത്തെ "
        "ട്രയൽ ബാലൻസ് ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/cash-book": {
        "en": "This is a cash book: it names one side of each entry. Import the day book with both "
        "sides, or the trial balance.",
        "ml": "ഇത് കാഷ് ബുക്കാണ്: ഓരോ രേഖയുടെയും ഒരു വശമേ അതിലുള്ളൂ. രണ്ടു വശവുമുള്ള ഡേ ബുക്കോ "
        "ട്രയൽ ബാലൻസോ ഇറക്കുമതി ചെയ്യുക.",
    },
    "other-kind/ledger-account": {
        "en": "This is the account of one ledger. " + _TALLY_EN,
        "ml": "ഇത് ഒരു ലെഡ്ജറിന്റെ മാത്രം കണക്കാണ്. " + _TALLY_ML,
    },
    "other-kind/tally-report": {
        "en": "This is a report that Tally printed as XML, without its "
        "ledgers' groups or vouchers. " + _TALLY_EN,
        "ml": "ഇത് ടാലി XML ആയി അച്ചടിച്ച റിപ്പോർട്ടാണ്; വൗച്ചറുകളോ ഗ്രൂപ്പുകളോ അതിലില്ല. " + _TALLY_ML,
    },
    "other-kind/tally-json": {
        "en": "This is Tally data as JSON. " + _TALLY_EN,
        "ml": "ഇത് JSON ആയി എടുത്ത ടാലി ഡേറ്റയാണ്. " + _TALLY_ML,
    },
    "other-kind/json": {
        "en": "This is JSON data. Export the register as Excel, CSV or XML.",
        "ml": "ഇത് JSON ഡേറ്റയാണ്. രജിസ്റ്റർ Excel, CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "other-kind/beancount": {
        "en": "This is a Beancount journal. Export a trial balance or a general ledger as CSV.",
        "ml": "ഇത് Beancount ജേണലാണ്. ട്രയൽ ബാലൻസോ ജനറൽ ലെഡ്ജറോ CSV ആയി എടുക്കുക.",
    },
    "other-kind/ledger-journal": {
        "en": "This is a journal of ledger or hledger. Export a trial balance or a general ledger "
        "as CSV.",
        "ml": "ഇത് ledger അല്ലെങ്കിൽ hledger ജേണലാണ്. ട്രയൽ ബാലൻസോ ജനറൽ ലെഡ്ജറോ CSV ആയി എടുക്കുക.",
    },
    "other-kind/statement-of-accounts": {
        "en": "This is a balance sheet or a profit and loss account. The platform makes these "
        "itself; import the trial balance they were made from.",
        "ml": "ഇത് ബാക്കിപത്രമോ ലാഭനഷ്ടക്കണക്കോ ആണ്. അവ ഇവിടെ തനിയെ ഉണ്ടാക്കും; അവയ്ക്ക് ആധാരമായ ട്രയൽ ബാലൻസ് ഇറക്കുമതി "
        "ചെയ്യുക.",
    },
    "other-kind/excel-xml": {
        "en": "This is a workbook in the XML form of Excel 2003. Open it in Excel and save it as "
        ".xlsx.",
        "ml": "ഇത് Excel 2003-ന്റെ XML രൂപത്തിലുള്ള ഫയലാണ്. Excel-ൽ തുറന്ന് .xlsx ആയി സൂക്ഷിക്കുക.",
    },
    "other-kind/flat-ods": {
        "en": "This is a flat OpenDocument file. Open it in LibreOffice and save it as .ods or "
        ".xlsx.",
        "ml": "ഇത് ഒറ്റ XML ആയ OpenDocument ഫയലാണ്. LibreOffice-ൽ തുറന്ന് .ods "
        "അല്ലെങ്കിൽ .xlsx ആയി സൂക്ഷിക്കുക.",
    },
    "kind-unknown/text": {
        "en": "This is a text without a table. Export the register as Excel, CSV or XML.",
        "ml": "ഇത് പട്ടികയില്ലാത്ത എഴുത്താണ്. രജിസ്റ്റർ Excel, CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "kind-unknown/none": {
        "en": "The file is none of: trial balance, Tally XML or day book, general ledger, loan "
        "register, dates of meetings, audits and elections. Check its header row.",
        "ml": "ഈ ഫയൽ ട്രയൽ ബാലൻസോ ടാലി XML-ഓ ഡേ ബുക്കോ ജനറൽ ലെഡ്ജറോ വായ്പാ രജിസ്റ്ററോ യോഗം, ഓഡിറ്റ്, "
        "തെരഞ്ഞെടുപ്പ് തീയതികളോ അല്ല. തലവരി പരിശോധിക്കുക.",
    },
    "kind-differs": {
        "en": "The file looks like another kind ({found}) than the one named ({said}). Import it "
        "without naming a kind, or choose the right file.",
        "ml": "ഫയൽ പറഞ്ഞ ഇനമല്ല ({said}), മറ്റൊന്നാണെന്ന് തോന്നുന്നു ({found}). ഇനം പറയാതെ "
        "ഇറക്കുമതി ചെയ്യുക, അല്ലെങ്കിൽ ശരിയായ "
        "ഫയൽ തിരഞ്ഞെടുക്കുക.",
    },
}
