"""A file on its way in: looked at, asked about, looked at again, and only then sealed.

The file is sent once. Who seals is who looked: a waiting file belongs to one account.
"""

from collections.abc import Iterable
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.books import service as books_service
from trust.books import uploads
from trust.books.approving import digest
from trust.books.errors import BookYearError, UnknownUploadError
from trust.books.model import ImportReport, Question
from trust.books.progress import Tell
from trust.books.published import mapping_for
from trust.books.pure import years
from trust.books.uploads import Upload
from trust.formats.errors import SakshiError
from trust.log.runtime import Runtime
from web import htmx, staff
from web.background import WAIT_SECONDS, Take, Verb, Work, Works
from web.errors import NoFileError
from web.render import page
from web.secretary.books import answers_of, imports

PLACE = "/secretary/imports"
_OVER = ("posted", "unchanged", "refused")
"""States after which a file need not wait any longer."""


@staff.shown_again(imports)
def upload(request: Request, fields: FormData) -> Response:
    """Keep a file and look at it: what it is, what would be sealed, what is asked."""
    file = fields.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise NoFileError("file")
    rt, said = staff.runtime(request), answers_of(fields)
    _need_year(said)
    token = uploads.keep(
        rt,
        _society(request),
        staff.actor(request).account.id,
        file.filename,
        file.file,
        kind=staff.text(fields, "kind", 40) or "auto",
        answers=said,
    )
    try:
        report = _begin(request, _mine(request, token), "look").outcome(WAIT_SECONDS)
    except SakshiError:
        uploads.clear(rt, token)
        raise
    if report is None or report.state not in _OVER:
        return _to(token)
    return _ended(request, token, report, staff.typed(fields))


def waiting(request: Request) -> Response:
    """A waiting file: how far the look or the seal is, or what came of it."""
    token: str = request.path_params["token"]
    works, me = _works(request), staff.actor(request).account.id
    work = works.find(token, _society(request), me)
    if work is None:
        work = _begin(request, _mine(request, token), "look")
    if htmx.wants_part(request):
        return _part(request, work)
    try:
        report = work.outcome(WAIT_SECONDS)
    except SakshiError:
        works.forget(token)
        raise
    if report is None:
        return page(request, "secretary/working.html", work=work)
    works.forget(token)
    if report.state == "posted":
        return RedirectResponse(f"{PLACE}/{report.import_id}", status_code=303)
    if report.state in _OVER:
        return _ended(request, token, report, {})
    changed = work.verb == "seal" and report.state == "preview"
    return _shown(request, 200, report=report, changed=changed)


def _part(request: Request, work: Work) -> Response:
    """The progress for a page that asks every second; once it is over, the page loads again."""
    if work.future.done():
        return Response(headers={"HX-Refresh": "true"})
    return page(request, "secretary/working.html", block="progress", work=work)


def _shown(request: Request, status: int = 200, **context: Any) -> Response:
    """The preview with its questions; computed first if a refusal is to be shown beside it."""
    kept = _mine(request, request.path_params["token"])
    report = context.pop("report", None)
    if not isinstance(report, ImportReport):
        report = _begin(request, kept, "look").outcome(None)
        _works(request).forget(kept.token)
    assert report is not None, "waited for without end"
    open_ = {question.code for question in report.questions}
    shown: dict[str, Any] = {"changed": False}
    return page(
        request,
        "secretary/preview.html",
        status=status,
        kept=kept,
        report=report,
        answered=[
            question
            for question in kept.asked
            if question.code in kept.answers and question.code not in open_
        ],
        questions=_by_code(report.questions),
        digest=digest(report, kept.answers),
        chart=mapping_for("9999-12-31").accounts,
        **shown | context,
    )


def _by_code(questions: Iterable[Question]) -> dict[str, list[Question]]:
    """Questions by the code under which one answer is given to all of them."""
    found: dict[str, list[Question]] = {}
    for question in questions:
        found.setdefault(question.code, []).append(question)
    return found


@staff.shown_again(_shown)
def decide(request: Request, fields: FormData) -> Response:
    """Take answers and look again; seal if nothing differs from what was shown."""
    kept = _mine(request, request.path_params["token"])
    works, said = _works(request), dict(kept.answers) | answers_of(fields)
    _need_year(said)
    running = works.find(kept.token, kept.society, kept.account)
    if running is not None and not running.future.done():
        return _to(kept.token)
    works.forget(kept.token)
    if said != kept.answers:
        with staff.runtime(request).db.write() as conn:
            uploads.answer(conn, kept.token, said)
    elif staff.text(fields, "act", 10) == "seal":
        _begin(request, kept, "seal", staff.text(fields, "digest", 64)).outcome(WAIT_SECONDS)
    return _to(kept.token)


def discard(request: Request, fields: FormData) -> Response:
    """Give a waiting file up; any officer of the society may, so that nobody blocks the others."""
    rt, token = staff.runtime(request), request.path_params["token"]
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        found = [
            one for one in uploads.waiting(conn, profile.slug, now=rt.clock()) if one.token == token
        ]
    if not found:
        raise UnknownUploadError
    uploads.clear(rt, token)
    _works(request).forget(token)
    return RedirectResponse(PLACE, status_code=303)


def _to(token: str) -> Response:
    return RedirectResponse(f"{PLACE}/uploads/{token}", status_code=303)


def _ended(request: Request, token: str, report: ImportReport, form: dict[str, str]) -> Response:
    """The page of imports with the report of a file that need not wait.

    The file is removed when its report is shown, not before: behind a proxy another web process
    may show it, and looks for itself.
    """
    uploads.clear(staff.runtime(request), token)
    _works(request).forget(token)
    told = {} if report.ok else {"form": form}
    return imports(request, 200 if report.ok else 422, report=report, **told)


def _society(request: Request) -> str:
    with staff.runtime(request).db.read() as conn:
        return staff.own_society(request, conn).slug


def _mine(request: Request, token: str) -> Upload:
    """The waiting file, for whoever sent it and still works for that society."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        me = staff.actor(request).account.id
        return uploads.upload(conn, token, profile.slug, me, now=rt.clock())


def _works(request: Request) -> Works:
    works: Works = request.app.state.works
    return works


def _need_year(said: dict[str, str]) -> None:
    if "year" in said and years.parse_book_year(said["year"]) is None:
        raise BookYearError(found=said["year"])


def _begin(request: Request, kept: Upload, verb: Verb, approved: str = "") -> Work:
    take = _take(staff.runtime(request), kept, staff.actor(request).account.login, verb, approved)
    return _works(request).begin(kept.token, kept.society, kept.account, verb, take)


def _take(rt: Runtime, kept: Upload, login: str, verb: Verb, approved: str) -> Take:
    """The import of a waiting file; if it is to be sealed, only as the digest has it."""

    def take(tell: Tell) -> ImportReport:
        with rt.db.read() as conn:
            data = uploads.content(conn, kept.token)
        if len(data) != kept.size:
            raise UnknownUploadError  # somebody discarded it in between
        report = books_service.import_file(
            rt,
            kept.society,
            kept.filename,
            data,
            actor=login,
            kind=kept.kind,
            answers=kept.answers,
            dry_run=verb == "look",
            approved=lambda planned: digest(planned, kept.answers) == approved,
            progress=tell,
        )
        if report.state in _OVER:
            if verb == "seal":
                uploads.clear(rt, kept.token)
        elif report.questions:
            with rt.db.write() as conn:
                uploads.asked(conn, kept, report.questions)
        return report

    return take
