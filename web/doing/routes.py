"""`/do/<group>/<name>`: the form of a verb, and what it is sent to.

Pages include the same form with `templates/macros/verbs.html`. What is refused is shown here with
what was typed; what is done leads back to the page it came from.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trust.formats.errors import SakshiError
from trust.people.model import Waiting
from web import security, staff
from web.exchange import BodyLimit
from web.negotiate import plain
from web.render import page
from web.verbs import table
from web.verbs.model import Upload, Verb
from web.verbs.performing import perform
from web.verbs.values import read


def _form(verb: Verb) -> Callable[[Request], Response]:
    def shown(request: Request, status: int = 200, **context: Any) -> Response:
        names: dict[str, Any] = {
            "form": {one.name: request.query_params.get(one.name, "") for one in verb.arguments},
            "back": security.safe_next(request.query_params.get("next")),
        }
        return page(request, "verbs/form.html", status=status, verb=verb, **names | context)

    return shown


def _sent(verb: Verb) -> Callable[[Request, FormData], Response]:
    again = _form(verb)

    def done(request: Request, fields: FormData) -> Response:
        back = security.safe_next(str(fields.get("next") or ""))
        try:
            values = read(verb, {name: _given(found) for name, found in fields.items()})
            account = staff.actor(request).account.id
            answer = perform(staff.runtime(request), verb, account, values)
        except SakshiError as error:
            if error.status in (403, 404):
                raise
            told = staff.refused(request, error, fields)
            return again(request, error.status, back=back, **told)  # type: ignore[call-arg]
        if verb.shown and not isinstance(answer, Waiting):
            return page(request, "verbs/done.html", verb=verb, answer=_rows(answer), back=back)
        request.session["done"] = [verb.title, isinstance(answer, Waiting)]
        return RedirectResponse(back, status_code=303)

    return done


def _given(found: object) -> object:
    """A field of a form; of a file that was not chosen nothing."""
    if not isinstance(found, UploadFile):
        return found
    data = found.file.read()
    return Upload((found.filename or "")[:200], data) if found.filename else None


def _rows(answer: object) -> Mapping[str, Any]:
    told = plain(answer)
    return told if isinstance(told, Mapping) else {}


def _routes(verb: Verb) -> list[Route]:
    guard = security.require(*verb.roles, society="")
    limits = [Middleware(BodyLimit, verb.largest)] if verb.largest else None
    post = guard(security.form(_sent(verb)))
    return [
        Route(f"/do{verb.path}", guard(_form(verb))),
        Route(f"/do{verb.path}", post, methods=["POST"], middleware=limits),
    ]


routes = [one for verb in table.verbs() if not verb.reads for one in _routes(verb)]
