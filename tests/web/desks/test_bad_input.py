"""Whatever a form is sent, a refusal keeps what was typed, says what to do, and seals nothing.

Every form that the routes have is posted bad input, by those it is for: the status is 4xx, what
was typed stands in the answer, the sentence is in the reader's language, the field that it speaks
of is marked, and no table has another row (but who read what, which every page of the desk notes).
"""

import html
import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Route

from oversight.applications import queries as applications
from tests.conftest import ROOT
from tests.rotation import SEED
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.bringing import upload
from trust.database import metadata
from trust.log.runtime import Runtime
from trust.people import queries as people
from web import i18n

LONG = "long " * 900
"""Longer than any field takes."""
ODD = "odd & <typed> 7"
NOTED = {"access_record", "login_challenge"}
MALAYALAM = re.compile(r"[\u0d00-\u0d7f]")
MEETING = {
    "title_ml": "യോഗം",
    "title_en": ODD,
    "kind": "annual-general-body",
    "held_on": "2026-12-20",
    "opens": "2026-12-20T10:00",
    "closes": "2026-12-20T18:00",
    "text_ml_1": "പ്രമേയം",
    "text_en_1": "A resolution",
    "majority_1": "ordinary",
}
MEMBER = {"number": "900", "name": ODD, "gender": "f", "joined": "2020-01-01"}
DATES = ("", "0001-01-01", "9999-12-31", "2026-02-30", "22/11/2026x", "2026-11-22T10:00")
TIMES = ("", "0001-01-01T10:00", "9999-12-31T10:00", "2026-12-20", "2026-12-20T10:00+99:00")

Case = tuple[str, str, str, dict[str, str], tuple[str, ...]]
"""Route, who, page with the form, what is sent, which fields must come back."""


def cases() -> Iterator[Case]:
    """Bad input for each form."""
    yield "/login", "", "/login", {"login": ODD, "password": "x"}, ("login",)
    yield "/login", "", "/login", {"login": LONG, "password": "x"}, ("login",)
    lost = "/member/keys/{key:int}/revoke"
    yield lost, "member", "/member", {"reason": LONG}, ("reason",)
    books = "/secretary/imports"
    yield books, "secretary", books, {"kind": "tally-xml", "book_year": "25-26"}, ("book_year",)
    yield from _admissions()
    one = "/secretary/members/{member:int}"
    key = {"key": "not a key", "medium": "card", "reason": ODD}
    yield f"{one}/enrol", "secretary", one, key, ("key", "reason")
    yield f"{one}/enrol", "secretary", one, key | {"reason": LONG}, ("reason",)
    yield f"{one}/revoke", "secretary", one, {"key": "x", "reason": ODD}, ("reason",)
    yield f"{one}/revoke", "secretary", one, {"key": "999999999", "reason": ODD}, ()
    waiting = "/secretary/enrolments"
    yield waiting + "/{request_id:int}", "secretary", waiting, {}, ()
    yield waiting + "/{request_id:int}/withdraw", "secretary", waiting, {}, ()
    yield "/secretary/register", "secretary", "/secretary/members", {}, ()
    for code in ("99999", LONG):
        put = {"ledger.0": ODD, "code.0": code}
        yield "/secretary/map", "secretary", "/secretary/map", put, tuple(put)
    yield from _changes(one)
    yield "/secretary/keys/{key:int}/revoke", "secretary", "/secretary/keys", {}, ()
    for given in (
        {"decided_on": "soon", "reference": ODD},
        {"decided_on": "2026-06-02"},
        {"decided_on": "2098-01-01", "reference": ODD},
        {"decided_on": "2026-06-02", "reference": LONG},
    ):
        loss = "/secretary/keys/{key:int}/loss"
        yield loss, "secretary", "/secretary/keys", given, tuple(given)
    yield from _meetings()
    alert = "/registrar/alerts/{alert}"
    for sent in (
        {"version": "1", "reason": ""},
        {"version": "7", "reason": ODD},
        {"version": "x", "reason": ODD},
        {"version": "1", "reason": LONG},
    ):
        yield alert + "/{step}", "registrar", alert, sent, ("reason",)
    society = "/registrar/societies/{slug}"
    bound = {"account": "1", "role": "secretary", "key": ODD}
    for sent in (bound, bound | {"account": "x"}, bound | {"role": "clerk"}):
        yield society + "/keys", "registrar", society, sent, ("key",)
    yield from _applications()
    yield from _registrations()
    add = "/do/people/add"
    for name, bad in (("login", ""), ("login", LONG), ("login", "two words"), ("name", LONG)):
        yield add, "registrar", add, {"login": "new.one", "name": ODD} | {name: bad}, ("login",)


def _registrations() -> Iterator[Case]:
    page = "/do/society/register"
    right = {
        "registration_number": "TVM/900", "name_en": ODD, "name_ml": "പുതിയ സംഘം",
        "taluk": "Varkala", "district": w.PROFILE.district, "sector": "credit",
        "society_class": "I", "registered_on": "2026-05-01",
    }  # fmt: skip
    for name, bad in (
        ("registration_number", ""), ("registration_number", w.PROFILE.registration_number),
        ("name_en", LONG), ("name_ml", ""), ("taluk", "Atlantis"), ("district", "atlantis"),
        ("sector", "magic"), ("registered_on", "2098-01-01"), ("registered_on", "soon"),
    ):  # fmt: skip
        yield page, "registrar", page, right | {name: bad}, ("name_en",)
    for verb in ("confirm", "withdraw"):
        yield f"/do/society/{verb}", "registrar", f"/do/society/{verb}", {"request": "4711"}, ()


def _applications() -> Iterator[Case]:
    page = "/registrar/applications"
    new = {
        "subject": "registration", "name_en": ODD, "name_ml": "പുതിയ സംഘം", "taluk": "Nedumangad",
        "district": w.PROFILE.district, "sector": "credit", "received_on": "2026-05-01",
        "applicant": ODD, "text": "1. A rule.",
    }  # fmt: skip
    for name, bad in (
        ("subject", "burning"), ("name_en", ""), ("name_ml", LONG), ("district", "atlantis"),
        ("sector", "magic"), ("received_on", "2098-01-01"), ("received_on", "soon"),
        ("adopted_on", "2098-01-01"), ("applicant", ""), ("applicant", LONG), ("text", " "),
        ("text", "x" * 200_001),
    ):  # fmt: skip
        yield page, "registrar", page, new | {name: bad}, ("name_en", "applicant")
    amended = new | {"subject": "bye-laws", "society": "no-such"}
    yield page, "registrar", page, amended, ("society", "applicant")
    own = "/secretary/applications"
    for name, bad in (("applicant", ""), ("text", ""), ("adopted_on", "soon"), ("contact", LONG)):
        sent = {"applicant": ODD, "text": "1. A rule."} | {name: bad}
        yield own, "secretary", own, sent, ("applicant", "text")
    one = "/{application}"
    step = {"action": "register", "section": "12", "order": "A-1", "reason": ODD}
    for name, bad in (
        ("action", "burn"), ("action", "answer"), ("section", ""), ("section", LONG),
        ("order", ""), ("reason", ""), ("reason", LONG),
    ):  # fmt: skip
        yield page + one, "registrar", page + one, step | {name: bad}, ("reason",)
    for sent in ({"action": "answer", "reason": ODD}, {"action": "withdraw", "reason": ""}):
        yield own + one, "secretary", own + one, sent, ("reason",)
    form = "/registrar/societies/{slug}/bye-laws"
    entered = {"registered_on": "2026-05-01", "order": ODD, "text": "1. A rule."}
    for name, bad in (
        ("registered_on", "2098-01-01"), ("registered_on", ""), ("order", ""), ("text", ""),
        ("application", "no-such-1"), ("adopted_on", "soon"), ("section", LONG),
    ):  # fmt: skip
        yield form, "registrar", form, entered | {name: bad}, ("order", "text")


def _admissions() -> Iterator[Case]:
    page = "/secretary/members"
    for name, bad in (
        ("number", ""),
        ("number", "1"),
        ("number", LONG),
        ("name", ""),
        ("name", LONG),
        ("gender", "x"),
        ("joined", "2098-01-01"),
        ("share_paid_on", "soon"),
        ("share_paid_on", "0001-01-01"),
        *(("joined", day) for day in DATES),
    ):
        yield page, "secretary", page, MEMBER | {name: bad}, (name, "name")


def _changes(page: str) -> Iterator[Case]:
    right = {"name": ODD, "class": "full", "joined": "2015-01-01", "reason": ODD}
    for name, bad in (
        ("name", ""),
        ("name", LONG),
        ("class", ""),
        ("class", LONG),
        ("joined", "2098-01-01"),
        ("share_paid_on", "soon"),
        ("reason", LONG),
        *(("joined", day) for day in DATES),
    ):
        yield f"{page}/change", "secretary", page, right | {name: bad}, (name, "reason")
    for name, bad in (("left_on", "2098-01-01"), ("left_on", ""), ("reason", LONG)):
        sent = {"left_on": "2026-06-02", "reason": ODD} | {name: bad}
        yield f"{page}/end", "secretary", page, sent, ("left_on", "reason")


def _meetings() -> Iterator[Case]:
    page = "/secretary/meetings"
    for name, bad in (
        ("title_ml", ""),
        ("title_en", LONG),
        ("kind", "no-such-kind"),
        ("text_ml_1", ""),
        ("text_en_1", LONG),
        *(("held_on", day) for day in DATES),
        *(("opens", time) for time in TIMES),
        *(("closes", time) for time in TIMES),
    ):
        yield page, "secretary", page, MEETING | {name: bad}, (name, "title_en", "text_en_1")
    one = "/secretary/meetings/{meeting}"
    for sent in (
        {"number": "no such", "resolution": "2"},
        {"number": "1", "resolution": "x"},
        {"number": LONG, "resolution": "1"},
    ):
        yield f"{one}/assist", "secretary", one, sent, ("number",)
    yield one + "/{verb}", "secretary", one, {}, ()


CASES = list(cases())
JSON = re.compile(r"ballots$|/statements/\{book_year\}$|/login/|^/api/")
"""What scripts and programs send as JSON; a problem document answers."""
ELSEWHERE = {
    "/logout",
    "/secretary/statements/{book_year}/late",
    "/secretary/imports/{import_id}/void",
    "/secretary/imports/uploads/{token}",
    "/secretary/imports/uploads/{token}/discard",
    "/link/{token}",
}
"""Takes no input; is tried in `test_society_desk`, where a sheet is filed; in `test_preview`; in
`tests/web/shell/test_links.py`, with a link of its own (what was typed there is a password)."""


def counts(rt: Runtime) -> dict[str, int]:
    """Rows of every table."""
    with rt.db.read() as conn:
        return {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in NOTED
        }


def paths(scenario: VotingScenario, alert: str, route: str) -> dict[str, str]:
    """What stands for the parameters of a route."""
    with scenario.rt.db.read() as conn:
        mine = people.member_key(conn, scenario.people_setting.members["1"])
        theirs = people.officer_keys(conn, w.PROFILE.slug)
        waiting = applications.applications(conn, society=w.PROFILE.slug)
    assert mine is not None
    key = 4711 if route.startswith("/secretary") and route.endswith("revoke") else mine.id
    key = theirs[-1].id if route.endswith("loss") else key
    return {
        "key:int": str(key),
        "member:int": str(scenario.people_setting.members["1"]),
        "alert": alert,
        "meeting": scenario.id,
        "slug": w.PROFILE.slug,
        "step": "close",
        "verb": "close",
        "request_id:int": "4711",
        "application": waiting[0].id,
        "version:int": "1",
    }


def filled(path: str, values: dict[str, str]) -> str:
    """The path with its parameters."""
    return re.sub(r"\{([\w:]+)\}", lambda found: values[found[1]], path)


def test_every_form_is_tried(app: Starlette) -> None:
    posted = {r.path for r in app.routes if isinstance(r, Route) and "POST" in (r.methods or ())}
    forms = {path for path in posted if not JSON.search(path)} - ELSEWHERE
    # Those of the table of verbs are tried in tests/web/verbs, all in the same way.
    forms = {path for path in forms if not path.startswith("/do/")}
    assert forms - {case[0] for case in CASES} == set()


def enter(person: Any, who: str, lang: str) -> Any:
    """Somebody signed in, or nobody."""
    made = person(lang)
    if who == "member":
        return made.sign_in_with_card("member 1")
    return made.sign_in(who) if who else made


@pytest.mark.rotated(2)
@pytest.mark.parametrize("lang", ["ml", "en"])
def test_a_refused_form_keeps_what_was_typed_and_writes_nothing(
    person: Any, scenario: VotingScenario, alert: str, rt: Runtime, lang: str
) -> None:
    people = {who: enter(person, who, lang) for who in {case[1] for case in CASES}}
    before, wrong = counts(rt), []
    for route, who, page, sent, kept in CASES:
        values = paths(scenario, alert, route)
        answer = people[who].post(filled(page, values), filled(route, values), **sent)
        wrong += [
            f"{route} { ({k: v[:20] for k, v in sent.items()}) }: {said}"
            for said in faults(answer, sent, kept, lang)
        ]
    assert not wrong, "\n".join(wrong)
    assert counts(rt) == before


def faults(answer: Any, sent: dict[str, str], kept: tuple[str, ...], lang: str) -> Iterator[str]:
    """What is wrong with the answer to a form that had to be refused."""
    if not 400 <= answer.status_code < 500:
        yield f"status {answer.status_code}"
        return
    text = html.unescape(answer.text)
    for name in kept:
        if sent[name] and sent[name].strip() not in text:
            yield f"{name} is lost"
    told = re.search(r'role="alert"[^>]*><p>(.*?)</p>', answer.text, re.DOTALL)
    if told is None:
        yield "no sentence"
    elif (lang == "ml") != bool(MALAYALAM.search(told[1])) or 'lang="en"' in told[1]:
        yield f"in another language: {told[1][:80]}"


@pytest.mark.parametrize(
    ("page", "fields", "marked"),
    [
        ("/secretary/members", MEMBER | {"joined": "0001-01-01"}, "joined"),
        ("/secretary/members", MEMBER | {"number": "1"}, "number"),
        ("/secretary/meetings", MEETING | {"title_ml": ""}, "title_ml"),
        ("/secretary/meetings", MEETING | {"opens": "9999-12-31T10:00"}, "opens"),
    ],
)
def test_the_field_that_is_wrong_is_marked_and_tied_to_the_sentence(
    person: Any, scenario: VotingScenario, page: str, fields: dict[str, str], marked: str
) -> None:
    text = person().sign_in("secretary").post(page, page, **fields).text
    field = re.search(rf'<(?:input|textarea|select) id="f-{marked}"[^>]*>', text)
    assert field and 'aria-invalid="true"' in field[0] and 'aria-describedby="fault"' in field[0]
    assert text.count("aria-invalid") == 1 and 'id="fault"' in text


GROWN = {
    "\ufb2c": 3,  # a Hebrew letter that is three when normalised
    "\U0001d160": 3,  # a note of music, the same
    "\u0958": 2,  # a letter of Devanagari
}
LIMITS = {
    "name": 200, "number": 40, "class": 20, "reason": 400, "title_en": 300, "title_ml": 300,
    "text_en_1": 4000, "text_ml_1": 4000, "reference": 200,
}  # fmt: skip


@pytest.mark.parametrize(("character", "times"), GROWN.items())
@pytest.mark.parametrize("lang", ["ml", "en"])
def test_a_text_that_grows_beyond_its_limit_is_refused_by_the_name_of_its_field(
    person: Any, scenario: VotingScenario, rt: Runtime, character: str, times: int, lang: str
) -> None:
    """A record holds text normalised; a title that was short enough made `record.title_en …` of
    the format's own words."""
    officer = person(lang).sign_in("secretary")
    one = f"/secretary/members/{scenario.people_setting.members['1']}"
    changed = {"name": ODD, "class": "full", "joined": "2015-01-01", "reason": ODD}
    tried = [
        *(
            ("/secretary/members", "/secretary/members", MEMBER, name)
            for name in ("name", "number")
        ),
        *((one, f"{one}/change", changed, name) for name in ("name", "class", "reason")),
        (one, f"{one}/end", {"left_on": "2026-06-02"}, "reason"),
        *(
            ("/secretary/meetings", "/secretary/meetings", MEETING, name)
            for name in ("title_en", "title_ml", "text_en_1", "text_ml_1")
        ),
    ]
    before = counts(rt)
    for page, path, right, name in tried:
        limit = LIMITS[name]
        answer = officer.post(page, path, **(right | {name: character * (limit // times + 1)}))
        assert answer.status_code == 422, (path, name)
        told = html.unescape(answer.text)
        word = i18n.word(lang, "field", name.rstrip("_1"))
        assert f"{word}" in told and str(limit) in told, (path, name)
        assert not list(faults(answer, {}, (), lang)), (path, name)
    assert counts(rt) == before


@pytest.mark.parametrize("odd", ["\x07", "\x7f", "\x85", "\x1b", "\0"])
def test_a_control_character_is_refused_by_the_name_of_its_field(
    person: Any, scenario: VotingScenario, odd: str
) -> None:
    officer = person().sign_in("secretary")
    sent = MEETING | {"title_en": f"a{odd}b"}
    answer = officer.post("/secretary/meetings", "/secretary/meetings", **sent)
    assert answer.status_code == 422
    assert "The field Title in English holds a character" in html.unescape(answer.text)


def test_a_comment_of_several_lines_is_taken_as_a_browser_sends_it(
    person: Any, alert: str, rt: Runtime
) -> None:
    """Lines end with CR and LF in a form; every such comment was refused."""
    officer, page = person().sign_in("registrar"), f"/registrar/alerts/{alert}"
    version = re.search(r'name="version" value="(\d+)"', officer.get(page))
    assert version
    sent = {"version": version[1], "reason": "First line.\r\nA\tsecond one.\r\n"}
    assert officer.post(page, f"{page}/comment", **sent).status_code == 303
    assert "First line.\nA second one." in html.unescape(officer.get(page))


def test_every_field_has_a_word_in_both_languages() -> None:
    asked = re.compile(r"(?:staff\.(?:text|number)|dates\.(?:day|moment))\(\w+, f?\"(\w+)")
    sources = [path.read_text("utf-8") for path in (ROOT / "web").rglob("*.py")]
    names = {name.rstrip("_0123456789") for text in sources for name in asked.findall(text)}
    assert len(names) > 25
    assert sorted(name for name in names if f"field.{name}" not in i18n.phrases()) == []


OUT_OF_RANGE = (
    "0000-00", "0000-01", "9999-00", "10000-01", "-001-00", "1899-00", "२०२६-२७",
    "0", "-1", "2147483648", "9007199254740993", "9223372036854775808", "9" * 40, "1.5", "²",
    "0001-01-01", "9999-12-31", "10000-01-01", "%00", "%0A", "%FF", "x" * 300, "\ufb2c" * 90,
)  # fmt: skip
FILES = ("tsa/{}", "tsa/{}.note", "tsa/{}.tsr", "doc/{}", "tile/0/{}", "tile/{}/0")
TRIED = 250
"""Addresses that one run tries for each reader, by its seed."""
ELSE = {"/registrar/live", "/api/v1/live", "/secretary/imports/uploads/{token}/live", "/readyz"}
"""Streams, which go on; and what says whether the worker lives, which has none here."""
NAMED = re.compile(r"\{([\w:]+)\}")


def addresses(app: Starlette, values: dict[str, str], origin: str) -> Iterator[str]:
    """Each page that is read, with one part of its path out of range; and with such queries."""
    for route in app.routes:
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        if route.path in ELSE or route.path.startswith("/static"):
            continue
        right = _around(route.path, values)
        for name in NAMED.findall(route.path):
            around = _around(route.path, {**values, name: "{}"})
            yield from (around.format(bad) for bad in OUT_OF_RANGE)
        for query in ("after", "before", "from", "limit", "q", "district", "as_of", "lang"):
            yield from (f"{right}?{query}={bad}" for bad in OUT_OF_RANGE[::3])
    yield from (f"/l/{origin}/{file.format(bad)}" for file in FILES for bad in OUT_OF_RANGE)


def _around(path: str, values: dict[str, str]) -> str:
    return NAMED.sub(lambda found: values.get(found[1], "x"), path)


@pytest.mark.rotated(3)
@pytest.mark.parametrize("who", ["", "member", "secretary", "auditor", "registrar"])
def test_numbers_and_years_out_of_range_in_an_address_are_no_failure_of_ours(
    app: Starlette, person: Any, scenario: VotingScenario, alert: str, who: str
) -> None:
    reader = enter(person, who, "en").client
    with scenario.rt.db.read() as conn:
        origin = people.book_origin(conn, w.PROFILE.slug, scenario.rt.clock())
    values = paths(scenario, alert, "") | {
        "book_year": "2026-27", "year": "2026-27", "origin:path": origin, "number:int": "1",
    }  # fmt: skip
    wrong: list[str] = []
    found = list(addresses(app, values, origin))
    assert len(found) > 10 * TRIED
    for address in random.Random(f"{os.environ[SEED]} {who}").sample(found, TRIED):
        status = reader.get(address).status_code
        if status >= 500:
            wrong.append(f"{status} {address[:120]}")
    assert not wrong, "\n".join(wrong)


def test_an_offset_is_honoured_and_a_time_without_one_is_indian() -> None:
    """An offset was dropped: voting opened five and a half hours off."""
    from web import dates

    indian = dates.moment({"opens": "2026-12-20T10:00"}, "opens")
    assert indian == dates.moment({"opens": "2026-12-20T10:00+05:30"}, "opens")
    assert indian == dates.moment({"opens": "2026-12-20T04:30Z"}, "opens")
    assert indian - dates.moment({"opens": "2026-12-20T10:00+09:00"}, "opens") == 3.5 * 3600


def test_what_is_wrong_in_a_file_is_told_in_the_readers_language(
    person: Any, scenario: VotingScenario
) -> None:
    """Rows of the report were English only."""
    officer = person("ml").sign_in("secretary")
    bad = b"code,name,opening,debit,credit,closing\n1,Cash,1.234,0,0,0\n2,<b>,0,<i>x,0,0\n"
    answer = officer.client.post(
        "/secretary/imports",
        data={"csrf": officer.token("/secretary/imports"), "kind": "trial-balance"},
        files={"file": ("tb-2025-26.csv", bad)},
    )
    assert answer.status_code == 422
    reasons = re.findall(r'<td data-label="[^"]*">(.*?)</td></tr>', answer.text)
    assert len(reasons) >= 2
    assert all(MALAYALAM.search(told) and "lang=" not in told for told in reasons)
    assert "1.234" in reasons[0] and "<i>" not in answer.text


def test_the_checks_of_a_draft_are_told_in_the_readers_language(
    person: Any, scenario: VotingScenario
) -> None:
    """Titles, faults and reasons of the checks were English on the Malayalam page."""
    officer = person("ml").sign_in("secretary")
    books = b"code,name,opening,debit,credit,closing\n1,Nowhere,0,10,0,10\n2,Else,0,0,10,-10\n"
    said = {"answer.suspense": "yes", "answer.year": "2025-26"}
    upload(officer, "tb-2025-26.csv", books, kind="trial-balance", **said)
    with scenario.rt.db.read() as conn:
        scenario.rt.publisher.flush(people.book_origin(conn, w.PROFILE.slug, scenario.rt.clock()))
    text = officer.get("/secretary/statements/2025-26")
    section = text[text.index('aria-labelledby="faults"') : text.index('aria-labelledby="figures"')]
    assert section.count("<li>") > 15 and 'lang="en"' not in section
    told = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    assert all(MALAYALAM.search(item) for item in told)
    assert "സസ്പെൻസ് അക്കൗണ്ട്" in section
