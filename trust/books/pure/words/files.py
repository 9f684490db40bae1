"""Words of faults of a file as a whole: its encoding, its size, its kind."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "encoding/other": {
        "en": "The file says it is {name} and is not: {why}.",
        "ml": "ഫയൽ {name} ആണെന്ന് പറയുന്നു, പക്ഷേ അല്ല: {why}.",
    },
    "encoding/not-text": {
        "en": "This is not a text file; export it as CSV or XML.",
        "ml": "ഇത് ടെക്സ്റ്റ് ഫയലല്ല; CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "encoding/damaged": {
        "en": "The text is UTF-8 with damaged bytes (line {line}). Save or send the file again.",
        "ml": "എഴുത്ത് UTF-8 ആണ്, പക്ഷേ ബൈറ്റുകൾ കേടായി ({line}-ാം വരി). ഫയൽ വീണ്ടും സൂക്ഷിക്കുക അല്ലെങ്കിൽ അയയ്ക്കുക.",
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
    "too-large/columns": {
        "en": "Line {line} has more than {most} columns; a register has not.",
        "ml": "{line}-ാം വരിയിൽ {most}-ൽ കൂടുതൽ കോളങ്ങളുണ്ട്; രജിസ്റ്ററിന് അത്രയില്ല.",
    },
    "too-large/sheet": {
        "en": "A sheet of the file reaches over too many rows and columns to be a register.",
        "ml": "ഫയലിലെ ഒരു ഷീറ്റിൽ രജിസ്റ്ററിന് വേണ്ടതിലും വളരെയധികം വരികളും കോളങ്ങളുമുണ്ട്.",
    },
    "too-large/unpacked": {
        "en": "The file unpacks to more than {most} MB or to too many parts; it was not opened.",
        "ml": "തുറന്നാൽ ഫയൽ {most} MB-യിൽ കൂടുതലോ വളരെയധികം ഭാഗങ്ങളോ ആകും; അത് തുറന്നില്ല.",
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
    "nothing-known": {
        "en": "The XML holds no vouchers, ledgers or groups; export Day Book or Masters.",
        "ml": "XML-ൽ വൗച്ചറുകളോ ലെഡ്ജറുകളോ ഗ്രൂപ്പുകളോ ഇല്ല; Day Book അല്ലെങ്കിൽ Masters എടുക്കുക.",
    },
}
