"""Words of how a society's ledgers meet the chart of accounts."""

from typing import Final

from trust.books.pure.findingwords import Said

_MAP_EN = "Put them on accounts first (page of ledgers, or `sakshi map`), or say yes: "
_MAP_ML = "ആദ്യം അവ അക്കൗണ്ടുകളിൽ ചേർക്കുക (ലെഡ്ജറുകളുടെ പേജ്, അല്ലെങ്കിൽ `sakshi map`), അല്ലെങ്കിൽ yes എന്ന് പറയുക: "
_STAND_EN = "debits of {debit} and credits of {credit} then stand on suspense."
_STAND_ML = "അപ്പോൾ പറ്റ് {debit}, വരവ് {credit} സസ്പെൻസ് അക്കൗണ്ടിലാകും."

WORDS: Final[dict[str, Said]] = {
    "suspense/few": {
        "en": "{count} ledgers are on no account of the chart: {names}. " + _MAP_EN + _STAND_EN,
        "ml": "{count} ലെഡ്ജറുകൾ ചാർട്ടിലെ ഒരു അക്കൗണ്ടിലുമില്ല: {names}. " + _MAP_ML + _STAND_ML,
    },
    "suspense/more": {
        "en": "{count} ledgers are on no account of the chart, {names} and others. "
        + _MAP_EN
        + _STAND_EN,
        "ml": "{count} ലെഡ്ജറുകൾ ചാർട്ടിലെ ഒരു അക്കൗണ്ടിലുമില്ല: {names}, മറ്റുള്ളവയും. " + _MAP_ML + _STAND_ML,
    },
    "legacy-font": {
        "en": "{count} names look like Malayalam in the code of an old font (ML-TT): "
        "{samples}. Shall they be read so? If not, they are kept as they are.",
        "ml": "{count} പേരുകൾ പഴയ ഫോണ്ടിന്റെ (ML-TT) കോഡിലുള്ള മലയാളമാണെന്ന് തോന്നുന്നു: {samples}. "
        "അങ്ങനെ വായിക്കണോ? അല്ലെങ്കിൽ അവ അതേപടി നിലനിൽക്കും.",
    },
    "account-changed/chosen": {
        "en": "“{ledger}” stood on {before} and goes to {account} since {day}, by an officer's "
        "choice.",
        "ml": "“{ledger}” {before}-ൽ ആയിരുന്നു; {day} മുതൽ ഉദ്യോഗസ്ഥന്റെ തീരുമാനപ്രകാരം {account}-ലേക്ക് പോകുന്നു.",
    },
    "account-changed/group": {
        "en": "“{ledger}” stood on {before} and goes to {account}: this file keeps it in another "
        "group than the files before.",
        "ml": "“{ledger}” {before}-ൽ ആയിരുന്നു; {account}-ലേക്ക് പോകുന്നു: ഈ ഫയലിൽ അത് മറ്റൊരു ഗ്രൂപ്പിലാണ്.",
    },
    "account-code-and-name": {
        "en": "“{ledger}” goes by its code; its name sounds like another kind of account.",
        "ml": "“{ledger}” കോഡ് അനുസരിച്ച് ചേർക്കുന്നു; പേര് മറ്റൊരു തരം അക്കൗണ്ടിന്റേതാണെന്ന് തോന്നുന്നു.",
    },
}
