"""From a template and what it needs to a page: language, escaping, the way figures are written.

Autoescape is on for every template; there is no inline script or style anywhere. Static files
are named by a digest of all of them, so they may be cached for ever and change name together
(ES modules import each other by relative paths, which stay under the same digest).
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from trust.people import places
from web import figures, htmx, i18n, security, sessions
from web.trial import TRIAL
from web.verbs import table

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"


@cache
def static_digest() -> str:
    """Twelve hex digits that change when any static file changes."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        data = file.read_bytes()
        digest.update(f"{file.relative_to(STATIC).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:12]


def static_url(path: str) -> str:
    """URL of a static file, cacheable for ever."""
    return f"/static/{static_digest()}/{path}"


@cache
def environment() -> Environment:
    """The one Jinja environment; an undefined name raises instead of printing nothing."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters.update(
        money=figures.money,
        lakh=figures.lakh,
        count=figures.grouped,
        size=figures.size,
        date=figures.date,
        moment=figures.moment,
        deadline=figures.deadline,
        short=figures.short_hash,
        groups=figures.in_fours,
    )
    env.globals.update(static=static_url, language_names=i18n.NAMES, verb_of=table.find)
    return env


def warm_up() -> None:
    """Read the static files and compile the templates, so that the first page is no slower."""
    static_digest()
    i18n.phrases()
    for name in environment().list_templates():
        environment().get_template(name)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    block: str | None = None,
    headers: dict[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """Render ``template`` in the reader's language.

    Args:
        request: tells the language, who is signed in, and whether htmx wants only a part.
        template: path below ``web/templates``.
        status: HTTP status.
        block: the block that htmx gets when it asks for a part; others get the whole page.
        headers: further response headers.
        context: names for the template, beside ``t``, ``lang``, ``csrf_field`` and ``request``.
    """
    lang = i18n.language(request)
    names = _names(request, lang) | context
    if block is not None and htmx.wants_part(request):
        body = render_block(environment(), template, block, names)
    else:
        body = environment().get_template(template).render(names)
    response = HTMLResponse(body, status_code=status, headers=headers)
    response.headers["Content-Language"] = lang
    response.headers.add_vary_header("Cookie")
    if request.query_params.get("lang") == lang:
        response.set_cookie(i18n.COOKIE, lang, max_age=31_536_000, samesite="lax", httponly=True)
    return response


def _names(request: Request, lang: str) -> dict[str, object]:
    there = request.url.include_query_params(lang=i18n.other(lang))
    # The query alone, so that the page is the same: of "//name/…" a browser makes another site.
    return {
        "request": request,
        "fault": None,
        "about": "",
        "shown_only": False,
        "form": {},
        "lang": lang,
        "other_lang": i18n.other(lang),
        "switch_url": f"?{there.query}",
        "t": i18n.translator(lang),
        "fault_said": lambda fault: i18n.fault_said(fault, lang),
        "check_title": lambda check: i18n.check_title(check, lang),
        "check_why": lambda check: i18n.check_why(check, lang),
        "t_other": i18n.translator(i18n.other(lang)),
        "word_of": lambda prefix, word: i18n.word(lang, prefix, word),
        "query_of": lambda asked, number: urlencode({**asked, "page": number}),
        "taluk_of": lambda district, name: places.taluk_in(lang, district, name),
        "word_pairs": lambda prefix, words: [(w, i18n.word(lang, prefix, w)) for w in words],
        "path": request.url.path,
        "trial": TRIAL in request.scope,
        "signed_in": sessions.is_signed_in(request),
        "just_done": _just_done(request),
        "csrf_token": lambda: security.csrf_token(request),
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(
            security.csrf_token(request)
        ),
    }


def _just_done(request: Request) -> object:
    """The verb that a form of the table (`web/doing`) did last, told once; None if none."""
    return request.session.pop("done", None) if "session" in request.scope else None
