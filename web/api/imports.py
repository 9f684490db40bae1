"""Bringing a file into the own society's book by program: preview, answers, sealing."""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trust.books.model import ImportReport
from trust.formats.errors import Several
from trust.people.model import OFFICERS
from web import security, staff
from web.api.operations import Operation
from web.api.schemas import TEXT, Schema, choice, of, schema
from web.errors import AnswersError, ChoiceError, FileAsksError, FileRefusedError
from web.negotiate import JsonAnswer
from web.reports import as_json
from web.secretary import books as book_desk

_SWITCH: Final = {"": False, "false": False, "true": True}


async def bring(request: Request) -> Response:
    """Import the body as a file; 422 with every fault if it is refused, 409 with every question
    while one is open."""
    security.check_csrf(request, request.headers.get("x-csrf-token"))
    asked = request.query_params
    answers, dry_run = answers_of(asked), _dry_run(asked)
    data = await request.body()

    def take() -> Response:
        report = book_desk.take(
            request,
            staff.text(asked, "filename", 200) or "upload",
            data,
            staff.text(asked, "kind", 40) or "auto",
            answers,
            dry_run=dry_run,
        )
        if report.ok:
            return JsonAnswer(as_json(report))
        refusal = FileAsksError() if report.state == "asked" else FileRefusedError()
        return staff.refusal(request, refusal, report=as_json(report))

    return await run_in_threadpool(take)


def answers_of(asked: Any) -> dict[str, str]:
    """Answers by the code of their question: the member `answers`, and the book year.

    Raises:
        AnswersError: `answers` is not an object of texts.
    """
    try:
        said = json.loads(staff.text(asked, "answers") or "{}")
    except (ValueError, RecursionError):
        raise AnswersError("answers") from None
    if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
        raise AnswersError("answers")
    year = staff.text(asked, "book_year", 7)
    return said | ({"year": year} if year else {})


def _dry_run(asked: Any) -> bool:
    """Whether only a preview is asked for; a word that is neither is refused, not guessed."""
    said = staff.text(asked, "dry_run", 5)
    if said not in _SWITCH:
        raise ChoiceError("dry_run", choices=Several(("true", "false")))
    return _SWITCH[said]


_FILE: Final[Mapping[str, str | Schema]] = {
    "filename": "name of the file",
    "kind": "auto or a kind",
    "book_year": "2025-26",
    "answers": 'answers by the code of their question, as JSON: {"year": "2025-26"}',
    "dry_run": {
        **choice("true", "false"),
        "description": "true: seal nothing, report what would be sealed",
    },
}
_TOLD: Final = of(ImportReport)
_REPORT: Final = {
    "allOf": [dict(_TOLD), {**schema(kind=TEXT), "description": "kind: what the file is"}]
}
operations = [
    Operation(
        "POST",
        "/imports",
        security.require(*OFFICERS, society="")(bring),
        "Import a file into the own society's book; questions and faults come with the refusal.",
        _REPORT,
        query=_FILE,
        body={**TEXT, "format": "binary"},
        takes="application/octet-stream",
        faults=(404, 409),
        role=", ".join(OFFICERS),
        max_body=book_desk.MAX_FILE,
        too_large=book_desk.too_large,
    )
]
