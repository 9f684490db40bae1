"""Words of faults of loan registers, dates and other registers."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "no-header/register": {
        "en": "No row names the columns {wanted}.",
        "ml": "{wanted} എന്നീ കോളങ്ങൾ പറയുന്ന വരിയില്ല.",
    },
    "date/register": {
        "en": "“{text}” is not a date; write dd/mm/yyyy.",
        "ml": "“{text}” തീയതിയല്ല; dd/mm/yyyy എന്ന് എഴുതുക.",
    },
    "malformed/days": {
        "en": "“{text}” is not a number of days.",
        "ml": "“{text}” ദിവസങ്ങളുടെ എണ്ണമല്ല.",
    },
    "malformed/yes": {
        "en": "“{text}” is neither yes nor no.",
        "ml": "“{text}” yes-ഉം അല്ല no-യും അല്ല.",
    },
    "as-of": {
        "en": "The register names more than one date; one register is of one day.",
        "ml": "രജിസ്റ്ററിൽ ഒന്നിലധികം തീയതികളുണ്ട്; ഒരു രജിസ്റ്റർ ഒരു ദിവസത്തേതാണ്.",
    },
    "loan-twice": {
        "en": "This loan stands in line {line} already; the first one is kept.",
        "ml": "ഈ വായ്പ {line}-ാം വരിയിൽ ഉണ്ട്; ആദ്യത്തേത് നിലനിർത്തി.",
    },
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
}
