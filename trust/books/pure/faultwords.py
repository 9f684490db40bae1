"""The sentences of faults in files that are brought in, in both languages.

A key is the code of the fault, or ``code/variant`` where one code has several sentences. The same
words stand in the report on the page, in the command's report and in the API. They stand here and
not in a file beside, as those of the findings do (`findingwords`). The Malayalam is listed as
unreviewed in ``docs/translation-review.csv``.
"""

from typing import Final

from trust.books.pure import checkwords
from trust.books.pure.findingwords import Said
from trust.books.source import Fault

_FILES: Final[dict[str, Said]] = {
    "encoding/other": {
        "en": "The file says it is {name} and is not: {why}.",
        "ml": "ഫയൽ {name} ആണെന്ന് പറയുന്നു, പക്ഷേ അല്ല: {why}.",
    },
    "encoding/not-text": {
        "en": "This is not a text file; export it as CSV or XML.",
        "ml": "ഇത് ടെക്സ്റ്റ് ഫയലല്ല; CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "encoding/unknown": {
        "en": "The file is neither UTF-8, UTF-16 nor Windows text.",
        "ml": "ഫയൽ UTF-8, UTF-16, Windows text എന്നിവയിലൊന്നുമല്ല.",
    },
    "encoding/read-as": {"en": "The text was read as {name}.", "ml": "എഴുത്ത് {name} ആയി വായിച്ചു."},
    "too-large/split": {
        "en": "The file is larger than {most} MB; split it.",
        "ml": "ഫയൽ {most} MB-യിൽ കൂടുതലാണ്; പല ഭാഗങ്ങളാക്കുക.",
    },
    "too-large/line": {
        "en": "Line {line} is too long to be a register.",
        "ml": "{line}-ാം വരി ഒരു രജിസ്റ്ററിന് വേണ്ടതിലും നീണ്ടതാണ്.",
    },
    "too-large/months": {
        "en": "The file is larger than {most} MB; export fewer months.",
        "ml": "ഫയൽ {most} MB-യിൽ കൂടുതലാണ്; കുറച്ചു മാസങ്ങൾ മാത്രം എടുക്കുക.",
    },
    "too-large/elements": {
        "en": "The file has too many elements; export fewer months.",
        "ml": "ഫയലിൽ വളരെയധികം ഘടകങ്ങളുണ്ട്; കുറച്ചു മാസങ്ങൾ മാത്രം എടുക്കുക.",
    },
    "too-large/voucher": {
        "en": "A voucher with so many lines.",
        "ml": "ഈ വൗച്ചറിൽ വളരെയധികം വരികളുണ്ട്.",
    },
    "csv": {
        "en": "Line {line} is not well-formed CSV: {why}.",
        "ml": "{line}-ാം വരി ശരിയായ CSV അല്ല: {why}.",
    },
    "xml-malformed": {
        "en": "The file is not well-formed XML (line {line}, column {column}): {why}.",
        "ml": "ഫയൽ ശരിയായ XML അല്ല (വരി {line}, സ്ഥാനം {column}): {why}.",
    },
    "xml-doctype": {
        "en": "The file declares a document type or entities; that is refused for safety. A book "
        "export does not need one.",
        "ml": "ഫയലിൽ document type അല്ലെങ്കിൽ entity ഉണ്ട്; സുരക്ഷയ്ക്കായി അത് എടുക്കില്ല. "
        "കണക്കുകൾക്ക് അത് ആവശ്യമില്ല.",
    },
    "empty/file": {"en": "The file holds no rows.", "ml": "ഫയലിൽ വരികളില്ല."},
    "empty/trial-balance": {
        "en": "The trial balance has no account rows.",
        "ml": "ട്രയൽ ബാലൻസിൽ അക്കൗണ്ടുകളുടെ വരികളില്ല.",
    },
    "no-header/trial-balance": {
        "en": "No row names the columns of a trial balance (code or name, then opening, debit, "
        "credit, closing).",
        "ml": "ട്രയൽ ബാലൻസിന്റെ കോളങ്ങൾ (code അല്ലെങ്കിൽ name, പിന്നെ opening, debit, credit, "
        "closing) പറയുന്ന വരിയില്ല.",
    },
    "no-header/register": {
        "en": "No row names the columns {wanted}.",
        "ml": "{wanted} എന്നീ കോളങ്ങൾ പറയുന്ന വരിയില്ല.",
    },
    "kind-unknown/zip": {
        "en": "This is an Excel or zip file; save it as CSV first.",
        "ml": "ഇത് Excel അല്ലെങ്കിൽ zip ഫയലാണ്; ആദ്യം CSV ആയി സൂക്ഷിക്കുക.",
    },
    "kind-unknown/none": {
        "en": "The file is none of: trial balance, Tally XML, loan register, dates of meetings, "
        "audits and elections. Say the kind, or check its header row.",
        "ml": "ഈ ഫയൽ ട്രയൽ ബാലൻസോ ടാലി XML-ഓ വായ്പാ രജിസ്റ്ററോ യോഗം, ഓഡിറ്റ്, തെരഞ്ഞെടുപ്പ് "
        "തീയതികളോ അല്ല. ഇനം പറയുക, അല്ലെങ്കിൽ തലവരി പരിശോധിക്കുക.",
    },
    "nothing-known": {
        "en": "The XML holds no vouchers, ledgers or groups; export Day Book or Masters.",
        "ml": "XML-ൽ വൗച്ചറുകളോ ലെഡ്ജറുകളോ ഗ്രൂപ്പുകളോ ഇല്ല; Day Book അല്ലെങ്കിൽ Masters എടുക്കുക.",
    },
    "missing": {"en": "{title} is empty; it is needed.", "ml": "{title} ഒഴിഞ്ഞുകിടക്കുന്നു; അത് വേണം."},
    "date/register": {
        "en": "“{text}” is not a date; write dd/mm/yyyy.",
        "ml": "“{text}” തീയതിയല്ല; dd/mm/yyyy എന്ന് എഴുതുക.",
    },
    "date/voucher": {"en": "“{text}” is not a date.", "ml": "“{text}” തീയതിയല്ല."},
    "malformed/days": {
        "en": "“{text}” is not a number of days.",
        "ml": "“{text}” ദിവസങ്ങളുടെ എണ്ണമല്ല.",
    },
    "malformed/yes": {
        "en": "“{text}” is neither yes nor no.",
        "ml": "“{text}” yes-ഉം അല്ല no-യും അല്ല.",
    },
    "amount-empty": {"en": "{ledger}There is no amount here.", "ml": "{ledger}ഇവിടെ തുകയില്ല."},
    "amount-two-signs/side": {
        "en": "{ledger}“{text}” has a minus and Dr/Cr; say it one way.",
        "ml": "{ledger}“{text}” എന്നതിൽ മൈനസും Dr/Cr-ഉം ഉണ്ട്; ഒന്നുമാത്രം എഴുതുക.",
    },
    "amount-two-signs/minus": {
        "en": "{ledger}“{text}” has more than one minus.",
        "ml": "{ledger}“{text}” എന്നതിൽ ഒന്നിലധികം മൈനസ് ഉണ്ട്.",
    },
    "amount-side": {
        "en": "{ledger}“{text}” should not say Dr or Cr here.",
        "ml": "{ledger}“{text}” എന്നതിൽ ഇവിടെ Dr, Cr എന്ന് പറയരുത്.",
    },
    "amount-decimals": {
        "en": "{ledger}“{text}” is not an amount: one point and at most two decimals (paise).",
        "ml": "{ledger}“{text}” തുകയല്ല: ഒരു ബിന്ദുവും പരമാവധി രണ്ടക്കവും (പൈസ) മതി.",
    },
    "amount-grouping": {
        "en": "{ledger}“{text}” has its commas in the wrong places; write 12,34,567.89 or no "
        "commas.",
        "ml": "{ledger}“{text}” എന്നതിൽ കോമ തെറ്റായ ഇടത്താണ്; 12,34,567.89 എന്ന് എഴുതുക, അല്ലെങ്കിൽ "
        "കോമ ഒഴിവാക്കുക.",
    },
    "amount-malformed": {
        "en": "{ledger}“{text}” is not an amount.",
        "ml": "{ledger}“{text}” തുകയല്ല.",
    },
    "amount-too-large": {
        "en": "{ledger}“{text}” is larger than books can be.",
        "ml": "{ledger}“{text}” കണക്കിൽ വരാവുന്നതിലും വലുതാണ്.",
    },
    "as-of": {
        "en": "The register names more than one date; one register is of one day.",
        "ml": "രജിസ്റ്ററിൽ ഒന്നിലധികം തീയതികളുണ്ട്; ഒരു രജിസ്റ്റർ ഒരു ദിവസത്തേതാണ്.",
    },
    "loan-twice": {
        "en": "This loan stands in line {line} already; the first one is kept.",
        "ml": "ഈ വായ്പ {line}-ാം വരിയിൽ ഉണ്ട്; ആദ്യത്തേത് നിലനിർത്തി.",
    },
    "negative": {"en": "A loan figure cannot be negative.", "ml": "വായ്പയുടെ തുക പൂജ്യത്തിൽ കുറയാൻ പറ്റില്ല."},
    "overdue-too-large": {
        "en": "More is overdue than is outstanding.",
        "ml": "കുടിശ്ശിക വായ്പാ ബാക്കിയെക്കാൾ കൂടുതലാണ്.",
    },
    "event-unknown": {
        "en": "“{text}” is not one of general_meeting, audit, election, accounting_date.",
        "ml": "“{text}” general_meeting, audit, election, accounting_date എന്നിവയിലൊന്നല്ല.",
    },
    "book-year": {
        "en": "“{text}” is not a book year such as 2025-26.",
        "ml": "“{text}” 2025-26 പോലെയുള്ള കണക്കുവർഷമല്ല.",
    },
    "sign-unknown": {
        "en": "Nothing moves in this trial balance, so it does not show whether debit or credit "
        "is written with a plus. Write Dr or Cr after the balances.",
        "ml": "ഈ ട്രയൽ ബാലൻസിൽ ഇടപാടുകളില്ല; അതിനാൽ പറ്റാണോ വരവാണോ പ്ലസ് എന്ന് അറിയാനാവില്ല. "
        "ബാക്കികൾക്കുശേഷം Dr അല്ലെങ്കിൽ Cr എഴുതുക.",
    },
    "no-account": {"en": "This row has amounts and no account.", "ml": "ഈ വരിയിൽ തുകയുണ്ട്, അക്കൗണ്ടില്ല."},
    "movement-sign": {
        "en": "A debit or credit total is a plain amount.",
        "ml": "പറ്റിന്റെയോ വരവിന്റെയോ ആകെത്തുക ചിഹ്നമില്ലാതെ എഴുതണം.",
    },
    "row-does-not-roll": {
        "en": "{ledger}: opening and movements give another closing balance; the difference is "
        "{gap}.",
        "ml": "{ledger}: മുന്നിരിപ്പും ഇടപാടുകളും ചേർത്താൽ വേറെ നീക്കിയിരിപ്പാണ് കിട്ടുക; വ്യത്യാസം {gap}.",
    },
    "does-not-balance/opening": {
        "en": "The opening balances do not balance: debits and credits differ by {gap}.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "does-not-balance/movements": {
        "en": "The movements do not balance: debits and credits differ by {gap}.",
        "ml": "ഇടപാടുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "does-not-balance/closing": {
        "en": "The closing balances do not balance: debits and credits differ by {gap}.",
        "ml": "നീക്കിയിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "total-differs": {
        "en": "The total row says {said}, the rows sum to {real}.",
        "ml": "ആകെയുടെ വരിയിൽ {said}; വരികൾ കൂട്ടിയാൽ {real}.",
    },
    "same-id-other-content/voucher": {
        "en": "Voucher {number} has the identity of another voucher in this file (number {first} "
        "in order) and other contents.",
        "ml": "{number} എന്ന വൗച്ചറിന് ഈ ഫയലിലെ മറ്റൊരു വൗച്ചറിന്റെ (ക്രമത്തിൽ {first}) "
        "തിരിച്ചറിയലാണ്; ഉള്ളടക്കം വേറെയും.",
    },
    "same-id-other-content/ledger": {
        "en": "The ledger “{name}” stands twice with different contents.",
        "ml": "“{name}” എന്ന ലെഡ്ജർ വ്യത്യസ്ത ഉള്ളടക്കത്തോടെ രണ്ടു തവണയുണ്ട്.",
    },
    "no-lines": {
        "en": "{name} has no ledger lines with amounts.",
        "ml": "{name} എന്നതിൽ തുകയുള്ള ലെഡ്ജർ വരികളില്ല.",
    },
    "unbalanced/debits": {
        "en": "{name} does not balance: debits are larger by {gap}.",
        "ml": "{name} പൊരുത്തപ്പെടുന്നില്ല: പറ്റ് {gap} കൂടുതൽ.",
    },
    "unbalanced/credits": {
        "en": "{name} does not balance: credits are larger by {gap}.",
        "ml": "{name} പൊരുത്തപ്പെടുന്നില്ല: വരവ് {gap} കൂടുതൽ.",
    },
    "openings-differ/debits": {
        "en": "The opening balances do not balance: debits are larger by {gap}. The difference "
        "stands on suspense until it is corrected.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റ് {gap} കൂടുതൽ. തിരുത്തുംവരെ വ്യത്യാസം സസ്പെൻസ് അക്കൗണ്ടിലാണ്.",
    },
    "openings-differ/credits": {
        "en": "The opening balances do not balance: credits are larger by {gap}. The difference "
        "stands on suspense until it is corrected.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: വരവ് {gap} കൂടുതൽ. തിരുത്തുംവരെ വ്യത്യാസം സസ്പെൻസ് അക്കൗണ്ടിലാണ്.",
    },
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

WORDS: Final = _FILES | checkwords.WORDS
"""Sentence of each fault of a file or of the books; amounts fill places as rupees and paise."""


def sentence(words: str, /, **places: str | int) -> str:
    """The English sentence of a fault with its places filled."""
    return WORDS[words]["en"].format(**places)


def fault(words: str, row: int | None = None, column: str = "", /, **places: str | int) -> Fault:
    """A fault in a file.

    Args:
        words: key in `WORDS`; the code is what stands before the slash.
        row: line of the file or number in order, if it is of one.
        column: name of the column or element.
        places: what fills the sentence.
    """
    code = words.partition("/")[0]
    return Fault(code, sentence(words, **places), row, column, words, dict(places))
