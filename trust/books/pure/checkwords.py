"""The words of the checks of the books, in both languages: titles, faults, why one was not made.

Faults have the keys of `faultwords`, which holds both; amounts fill their places as rupees and
paise. The Malayalam is listed as unreviewed in ``docs/translation-review.csv``.
"""

from typing import Final

from trust.books.pure.findingwords import Said

TITLES: Final[dict[int, Said]] = {
    1: {"en": "debits equal credits in each voucher", "ml": "ഓരോ വൗച്ചറിലും പറ്റും വരവും തുല്യം"},
    2: {"en": "debits equal credits on each day", "ml": "ഓരോ ദിവസവും പറ്റും വരവും തുല്യം"},
    3: {"en": "the trial balance sums to nothing", "ml": "ട്രയൽ ബാലൻസ് പൊരുത്തപ്പെടുന്നു"},
    4: {"en": "each row of the trial balance rolls", "ml": "ട്രയൽ ബാലൻസിലെ ഓരോ വരിയും ശരിയാകുന്നു"},
    5: {
        "en": "last year's closing is this year's opening, line by line",
        "ml": "മുൻവർഷത്തെ നീക്കിയിരിപ്പ് ഈ വർഷത്തെ മുന്നിരിപ്പാണ്, ഓരോ ഇനത്തിലും",
    },
    6: {"en": "every account stands on one line", "ml": "ഓരോ അക്കൗണ്ടും ഒരു ഇനത്തിൽ"},
    7: {"en": "assets equal liabilities", "ml": "ആസ്തികളും ബാധ്യതകളും തുല്യം"},
    8: {"en": "lines sum to totals, in both columns", "ml": "രണ്ട് കോളത്തിലും ഇനങ്ങൾ കൂട്ടിയാൽ ആകെത്തുക"},
    9: {
        "en": "last year's column is what was filed last year",
        "ml": "മുൻവർഷത്തെ കോളം മുൻവർഷം സമർപ്പിച്ചതുതന്നെ",
    },
    10: {
        "en": "profit in the account is profit in the sheet",
        "ml": "കണക്കിലെ ലാഭംതന്നെ ബാലൻസ് ഷീറ്റിലെ ലാഭം",
    },
    11: {"en": "the trading result goes into profit and loss", "ml": "വ്യാപാരഫലം ലാഭനഷ്ട കണക്കിൽ എത്തുന്നു"},
    12: {
        "en": "closing stock in trading is stock in the sheet",
        "ml": "വ്യാപാരകണക്കിലെ അവസാന സ്റ്റോക്ക് ബാലൻസ് ഷീറ്റിലേതുതന്നെ",
    },
    13: {
        "en": "member ledgers sum to their control accounts",
        "ml": "അംഗങ്ങളുടെ ലെഡ്ജറുകൾ കൂട്ടിയാൽ നിയന്ത്രണ അക്കൗണ്ട്",
    },
    14: {"en": "the bank line agrees with the bank", "ml": "ബാങ്ക് ബാക്കി ബാങ്കിന്റെ കണക്കുതന്നെ"},
    15: {"en": "suspense is nil", "ml": "സസ്പെൻസ് അക്കൗണ്ട് ശൂന്യം"},
    16: {"en": "cash is never negative on any day", "ml": "ഒരു ദിവസവും പണം പൂജ്യത്തിൽ കുറയുന്നില്ല"},
    17: {
        "en": "nothing is dated after the filing or slipped into a sealed period",
        "ml": "സമർപ്പണത്തിനു ശേഷമുള്ള തീയതിയോ മുദ്രവെച്ച കാലത്തേക്ക് കടത്തിയതോ ഇല്ല",
    },
    18: {"en": "no voucher stands twice by content", "ml": "ഒരേ ഉള്ളടക്കമുള്ള രണ്ട് വൗച്ചറില്ല"},
    19: {
        "en": "no gaps and no repeats in voucher numbers",
        "ml": "വൗച്ചർ നമ്പറുകളിൽ വിടവും ആവർത്തനവുമില്ല",
    },
    20: {
        "en": "the year's figures are not last year's again",
        "ml": "ഈ വർഷത്തെ തുകകൾ മുൻവർഷത്തേതിന്റെ ആവർത്തനമല്ല",
    },
    21: {
        "en": "malformed amounts are refused with row and column",
        "ml": "തെറ്റായ തുകകൾ വരിയും കോളവും പറഞ്ഞ് നിരസിച്ചു",
    },
    22: {"en": "round sums and year-end clustering", "ml": "വട്ടത്തുകകളും വർഷാവസാനത്തെ കൂട്ടവും"},
}
"""What each check of the platform's list asks, by its number."""

WHY: Final[dict[str, Said]] = {
    "no-trial-balance": {
        "en": "no trial balance of the society's own was imported",
        "ml": "സംഘത്തിന്റെ സ്വന്തം ട്രയൽ ബാലൻസ് കൊണ്ടുവന്നിട്ടില്ല",
    },
    "no-year-before": {
        "en": "the books of the year before are not here",
        "ml": "മുൻവർഷത്തെ കണക്കുകൾ ഇവിടെയില്ല",
    },
    "carried-over": {
        "en": "this year has no opening balances of its own; carried over",
        "ml": "ഈ വർഷത്തിന് സ്വന്തം മുന്നിരിപ്പില്ല; മുൻവർഷത്തുനിന്ന് എടുത്തു",
    },
    "no-daily-vouchers": {
        "en": "the books hold no daily vouchers, only a year's movements",
        "ml": "ദിവസേനയുള്ള വൗച്ചറുകളില്ല, ഒരു വർഷത്തെ ഇടപാടുകൾ മാത്രം",
    },
    "no-narrations": {
        "en": "the narrations that tell like vouchers apart are not open here",
        "ml": "ഒരുപോലുള്ള വൗച്ചറുകളെ വേർതിരിക്കുന്ന വിവരണങ്ങൾ ഇവിടെ തുറന്നിട്ടില്ല",
    },
    "numbers-closed": {
        "en": "the voucher numbers are not open here",
        "ml": "വൗച്ചർ നമ്പറുകൾ ഇവിടെ തുറന്നിട്ടില്ല",
    },
    "no-numbers": {"en": "the vouchers carry no numbers", "ml": "വൗച്ചറുകൾക്ക് നമ്പറില്ല"},
    "no-reports": {"en": "the import reports are not here", "ml": "ഇറക്കുമതി റിപ്പോർട്ടുകൾ ഇവിടെയില്ല"},
    "no-sheet": {"en": "there is no sheet", "ml": "ബാലൻസ് ഷീറ്റില്ല"},
    "no-sheet-against-books": {
        "en": "there is no sheet to hold against the books",
        "ml": "കണക്കുമായി ഒത്തുനോക്കാൻ ബാലൻസ് ഷീറ്റില്ല",
    },
    "none-filed-before": {
        "en": "no statement of the year before is filed here",
        "ml": "മുൻവർഷത്തെ ബാലൻസ് ഷീറ്റ് ഇവിടെ സമർപ്പിച്ചിട്ടില്ല",
    },
    "no-stock": {
        "en": "the trading account carries no closing stock",
        "ml": "വ്യാപാരകണക്കിൽ അവസാന സ്റ്റോക്ക് ഇല്ല",
    },
    "nothing-to-compare": {
        "en": "there is no year before to compare with",
        "ml": "താരതമ്യം ചെയ്യാൻ മുൻവർഷമില്ല",
    },
    "few-lines": {"en": "too few lines carry amounts", "ml": "തുകയുള്ള ഇനങ്ങൾ വളരെ കുറവാണ്"},
    "no-member-ledgers": {
        "en": "member ledgers are not imported yet",
        "ml": "അംഗങ്ങളുടെ ലെഡ്ജറുകൾ ഇതുവരെ കൊണ്ടുവന്നിട്ടില്ല",
    },
    "no-bank-statements": {
        "en": "bank statements are not imported yet",
        "ml": "ബാങ്ക് സ്റ്റേറ്റ്മെന്റുകൾ ഇതുവരെ കൊണ്ടുവന്നിട്ടില്ല",
    },
    "hints-only": {
        "en": "this gives hints only and is not built yet",
        "ml": "ഇത് സൂചനകളേ നൽകൂ; ഇതുവരെ തയ്യാറായിട്ടില്ല",
    },
}
"""Why a check was not made."""

WORDS: Final[dict[str, Said]] = {
    "unbalanced": {"en": "Voucher {id} is out by {gap}.", "ml": "{id} എന്ന വൗച്ചറിൽ {gap} വ്യത്യാസം."},
    "unbalanced-day": {"en": "{day} is out by {gap}.", "ml": "{day}-ൽ {gap} വ്യത്യാസം."},
    "trial-balance": {
        "en": "The trial balance is out by {gap}.",
        "ml": "ട്രയൽ ബാലൻസിൽ {gap} വ്യത്യാസം.",
    },
    "closes-otherwise": {
        "en": "The year does not close as its closing list says. Import the list again.",
        "ml": "വർഷം അതിന്റെ നീക്കിയിരിപ്പ് പട്ടികയിലെപ്പോലെ അവസാനിക്കുന്നില്ല. പട്ടിക വീണ്ടും ഇറക്കുക.",
    },
    "row-does-not-roll/books": {"en": "A row does not roll.", "ml": "ഒരു വരി ശരിയാകുന്നില്ല."},
    "opening-differs": {
        "en": "{line}: the opening differs from last year's closing by {gap}.",
        "ml": "{line}: മുന്നിരിപ്പും മുൻവർഷത്തെ നീക്കിയിരിപ്പും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "account-unknown": {
        "en": "Account {account} is not in the chart.",
        "ml": "{account} എന്ന അക്കൗണ്ട് പട്ടികയിലില്ല.",
    },
    "suspense": {
        "en": "Suspense account {account} stands at {paise}; it must be cleared by year end.",
        "ml": "സസ്പെൻസ് അക്കൗണ്ട് {account}-ൽ {paise} ഉണ്ട്; വർഷാവസാനത്തിനുമുമ്പ് തീർക്കണം.",
    },
    "cash-negative": {
        "en": "Cash account {account} is {paise} at the end of {day}.",
        "ml": "{day} അവസാനം പണത്തിന്റെ അക്കൗണ്ട് {account}-ൽ {paise}.",
    },
    "dated-ahead": {
        "en": "A voucher is dated {day}, after {today}.",
        "ml": "ഒരു വൗച്ചറിന്റെ തീയതി {day}; അത് {today}-നു ശേഷമാണ്.",
    },
    "late-entry": {
        "en": "Entry {index} was added to the filed year without naming what it corrects.",
        "ml": "സമർപ്പിച്ച വർഷത്തിൽ എന്താണ് തിരുത്തുന്നതെന്ന് പറയാതെ {index} എന്ന രേഖ ചേർത്തു.",
    },
    "same-content": {
        "en": "{count} vouchers are alike in date, type, amounts, party and narration.",
        "ml": "{count} വൗച്ചറുകൾക്ക് തീയതിയും ഇനവും തുകയും കക്ഷിയും വിവരണവും ഒന്നുതന്നെ.",
    },
    "sides-differ": {
        "en": "Assets and liabilities differ by {gap}.",
        "ml": "ആസ്തികളും ബാധ്യതകളും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "does-not-cast/assets": {
        "en": "The assets lines sum to {sum}, the total says otherwise.",
        "ml": "ആസ്തികൾ കൂട്ടിയാൽ {sum}; ആകെത്തുക വേറെയാണ്.",
    },
    "does-not-cast/liabilities": {
        "en": "The liabilities lines sum to {sum}, the total says otherwise.",
        "ml": "ബാധ്യതകൾ കൂട്ടിയാൽ {sum}; ആകെത്തുക വേറെയാണ്.",
    },
    "prior-does-not-cast": {
        "en": "Last year's column does not cast: its sides differ by {gap}.",
        "ml": "മുൻവർഷത്തെ കോളം പൊരുത്തപ്പെടുന്നില്ല: വശങ്ങൾ തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "prior-missing": {
        "en": "Last year was filed, and this sheet shows no column for it.",
        "ml": "മുൻവർഷം സമർപ്പിച്ചിട്ടുണ്ട്; ഈ ബാലൻസ് ഷീറ്റിൽ അതിന്റെ കോളമില്ല.",
    },
    "prior-differs": {
        "en": "{line}: last year {filed} was filed, this sheet shows {shown}.",
        "ml": "{line}: മുൻവർഷം സമർപ്പിച്ചത് {filed}; ഈ ബാലൻസ് ഷീറ്റ് കാണിക്കുന്നത് {shown}.",
    },
    "profit-differs/sheet": {
        "en": "Income less expenditure is {profit}, the sheet says otherwise.",
        "ml": "വരുമാനത്തിൽനിന്ന് ചെലവ് കുറച്ചാൽ {profit}; ബാലൻസ് ഷീറ്റ് പറയുന്നത് വേറെയാണ്.",
    },
    "profit-differs/books": {
        "en": "The books give a profit of {profit}.",
        "ml": "കണക്കുകളിലെ ലാഭം {profit} ആണ്.",
    },
    "gross-differs": {
        "en": "The trading result is not the one taken to profit and loss.",
        "ml": "വ്യാപാരഫലമല്ല ലാഭനഷ്ട കണക്കിലേക്ക് എടുത്തത്.",
    },
    "stock-differs": {
        "en": "Stock differs by {gap} between trading account and sheet.",
        "ml": "വ്യാപാരകണക്കിലെയും ബാലൻസ് ഷീറ്റിലെയും സ്റ്റോക്ക് തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "figures-repeated": {
        "en": "All {count} lines carry exactly last year's amounts.",
        "ml": "{count} ഇനങ്ങൾക്കും മുൻവർഷത്തെ അതേ തുകകൾതന്നെ.",
    },
    "line-unknown": {
        "en": "The mapping has no line {line} to carry an amount.",
        "ml": "തുക ചേർക്കാൻ {line} എന്ന ഇനം കണക്കുഘടനയിലില്ല.",
    },
    "total-differs/books": {
        "en": "The {total} total is not the one the books give.",
        "ml": "{total} ആകെത്തുക കണക്കുകളിലേതല്ല.",
    },
    "figure-differs": {
        "en": "{line}: the statement says {said}, the books give {real}.",
        "ml": "{line}: ബാലൻസ് ഷീറ്റിൽ {said}; കണക്കുകളിൽ {real}.",
    },
    "line-order": {
        "en": "The lines are not in the order of the form, once each.",
        "ml": "ഇനങ്ങൾ ഫോമിലെ ക്രമത്തിൽ ഓരോ തവണയല്ല.",
    },
    "number-repeated": {
        "en": "{series}: numbers {listed} used more than once.",
        "ml": "{series}: {listed} എന്നീ നമ്പറുകൾ ഒന്നിലധികം തവണ.",
    },
    "number-missing": {
        "en": "{series}: numbers {listed} left out.",
        "ml": "{series}: {listed} എന്നീ നമ്പറുകൾ വിട്ടുപോയി.",
    },
}
"""Sentence of each fault that a check finds."""
