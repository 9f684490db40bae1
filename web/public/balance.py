"""One filed balance sheet: its page, its JSON and CSV, and the check in the browser."""

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books.model import FiledStatement
from trust.books.published import filing_rules
from trust.books.pure import findingwords, years
from trust.formats.errors import SakshiError
from trust.log import proofs
from trust.people.model import SocietyProfile
from web import i18n
from web.negotiate import JsonAnswer, csv_answer
from web.public import filings as shelf
from web.public import sheet as sheets
from web.public.society import place_of, profile_of
from web.render import page


def _one(
    conn: Connection, request: Request
) -> tuple[SocietyProfile, FiledStatement, shelf.Filings]:
    """The filing that an address names: by its hash, or the one that stands for the year."""
    profile = profile_of(conn, request.path_params["slug"])
    filings = shelf.read(conn, profile.slug)
    wanted, year = request.path_params.get("sha256"), request.path_params["book_year"]
    for filed in filings.all:
        if filed.book_year == year and (filed.sha256 == wanted or (not wanted and filed.in_force)):
            return profile, filed, filings
    raise HTTPException(404)


def balance_sheet(request: Request) -> Response:
    """The statement in force of one book year, or one that was replaced: it keeps its page."""
    with request.app.state.rt.db.read() as conn:
        profile, filed, filings = _one(conn, request)
        sheet = sheets.load(conn, filed, filings, i18n.language(request))
    return page(request, "public/sheet.html", society=profile, sheet=sheet)


def balance_sheet_json(request: Request) -> Response:
    """The sealed document as it is, with where it is sealed and what is found about it."""
    with request.app.state.rt.db.read() as conn:
        _, filed, filings = _one(conn, request)
        head = filings.heads.get(filed.sha256)
        seen = filings.seen_outside(conn, head)
    seal = sheets.seal_of(head, filed.at.index, str(filed.record["as_of"]), seen)
    return JsonAnswer(
        place_of(filed)
        | shelf.as_json(filings, filed)
        | {"root": seal.root, "witnesses": list(seal.witnesses), "document": dict(filed.record)}
    )


def balance_sheet_csv(request: Request) -> Response:
    """The lines as a table, amounts in rupees with two decimals; below them what is found."""
    with request.app.state.rt.db.read() as conn:
        profile, filed, filings = _one(conn, request)
        sheet = sheets.load(conn, filed, filings, i18n.language(request))
    head = [
        "side",
        "line",
        "label_en",
        "label_ml",
        "rupees",
        "rupees_prior_year",
        "rupees_prior_year_filed",
    ]
    rows: list[list[str | None]] = [
        [
            side.name,
            row.id,
            row.label_en,
            row.label_ml,
            _rupees(row.paise),
            _rupees(row.prior),
            _rupees(row.prior if sheet.told.compared else row.filed),
        ]
        for side in sheet.sides
        for row in side.rows
        if row.listed or (row.differs and row.style != "heading")
    ]
    if filed.sha256 not in filings.published:
        waits = i18n.phrases()["seal.pending"]
        rows.append(["seal", "pending", waits.en, waits.ml, None, None, None])
    rows += [
        [f"found-{item.colour}", item.code, item.text("en"), item.text("ml"), None, None, None]
        for item in sheet.findings
    ]
    return csv_answer(f"{profile.slug}-{filed.book_year}.csv", head, rows)


def _rupees(paise: int | None) -> str | None:
    if paise is None:
        return None
    return f"{'-' if paise < 0 else ''}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def check(request: Request) -> Response:
    """Check it yourself: the page holds only hints, the browser computes everything."""
    with request.app.state.rt.db.read() as conn:
        profile, filed, filings = _one(conn, request)
        sheet = sheets.load(conn, filed, filings, i18n.language(request))
        subject = _subject(conn, filed, filings)
    words = said(i18n.language(request))
    return page(
        request, "public/check.html", society=profile, sheet=sheet, subject=subject, words=words
    )


def said(lang: str) -> list[tuple[str, str]]:
    """The sentences with which the browser tells what it found, those of the findings first; their
    places are filled there."""
    known = [
        (key.removeprefix("finding."), pair["ml" if lang == "ml" else "en"])
        for key, pair in findingwords.listed()
    ]
    own = [
        (key.removeprefix("look."), phrase.text(lang))
        for key, phrase in i18n.phrases().items()
        if key.startswith(("look.later-", "look.unseen-"))
    ]
    return known + own


def _subject(
    conn: Connection, filed: FiledStatement, filings: shelf.Filings
) -> dict[str, object] | None:
    """Where to look for what: positions the browser treats as hints. ``None`` while pending."""
    try:
        proof = proofs.sakshi_proof(conn, filed.at.origin, filed.at.index)
    except SakshiError:
        return None
    earlier = filings.earlier(filed)
    rule = filing_rules().on(years.last_day(filed.book_year))
    return {
        "earlier": filed.at.origin if earlier is None else earlier.at.origin,
        "roles": " ".join(rule.roles),
        "first_day": years.first_day(filed.book_year),
        "last_day": rule.last_day(filed.book_year),
        "origin": filed.at.origin,
        "state": proof.head.head().origin,
        "document": filed.sha256,
        "entry": proof.inclusion.index,
        "key": proof.key.index,
        "head": proof.head.index,
    }
