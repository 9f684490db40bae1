"""Every component on one page, with made-up content, so that a change of one is seen at once."""

from starlette.requests import Request
from starlette.responses import Response

from trust.books.published import mapping_for
from trust.books.pure import faultwords
from web import i18n
from web.public import sheet as sheets
from web.public.accounts import Prior, accounts
from web.public.picture import picture
from web.render import page

_NOW = 1_780_300_800
_LINES = (
    ("L1a", 4_215_00_00, 4_010_00_00),
    ("L2i", 1_250_00_00, 1_150_00_00),
    ("L3", 312_45_50, 268_10_00),
    ("L5i", 2_145_50_75, 1_998_25_00),
    ("L5iii", 8_732_25_00, 8_110_00_00),
    ("L6c", 1_600_00_00, 1_900_00_00),
    ("A1", 85_40_25, 92_15_00),
    ("A2", 2_640_00_00, 2_310_00_00),
    ("A5i", 13_842_11_00, 13_210_00_00),
    ("A6", 487_70_00, 510_20_00),
    ("A7i", 1_200_00_00, 1_314_00_00),
)


def styleguide(request: Request) -> Response:
    """The page of all components."""
    mapping = mapping_for("2026-03-31")
    record = {
        "as_of": "2026-03-31",
        "mapping": mapping.sha256,
        "lines": [
            {"id": name, "paise": paise, "prior": prior}
            for name, paise, prior in _LINES
            if name in mapping.line
        ],
    }
    sides = accounts(record, Prior("sheet.last_year", None))
    lang = i18n.language(request)
    return page(
        request,
        "public/styleguide.html",
        sides=sides,
        picture=picture(sides, lang),
        sealed=sheets.Seal("2026-03-31", "7f3c" + "0" * 56 + "a91e", True, ("a", "b", "c")),
        alone=sheets.Seal("2026-03-31", "7f3c" + "0" * 56 + "a91e", True),
        waiting=sheets.Seal("2026-03-31", None, False),
        now=_NOW,
        fault=i18n.translator(lang)("lookup.bad"),
        about="b",
        shown_only=True,
        refused=[faultwords.fault("amount-malformed", 14, "amount", ledger="", text="298,40")],
    )
