"""Filters and pages of lists: a filter is understood or refused by name; no page is empty for want
of a reader's capital letters, and no link leads to an empty one."""

import re
from typing import Any

import pytest

from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from web import choices
from web.auditor import routes as auditor_pages
from web.secretary import members as member_pages


def test_capital_letters_do_not_empty_a_list(person: Any, scenario: VotingScenario) -> None:
    nobody = person()
    for typed in ("thrissur", "Thrissur", "THRISSUR", " Thrissur "):
        text = nobody.get(f"/?district={typed}")
        assert 'href="/s/tsr-7"' in text and f'href="/s/{SLUG}"' not in text, typed
        items = nobody.client.get(f"/api/v1/societies?district={typed}").json()["items"]
        assert [item["slug"] for item in items] == ["tsr-7"], typed
    logs = nobody.client.get("/api/v1/logs?kind=State").json()["items"]
    assert [item["kind"] for item in logs] == ["state"]
    sector = re.search(r'<option value="(\w+)"', nobody.get("/").partition('name="sector"')[2])
    assert sector is not None
    assert nobody.get(f"/?sector={sector[1].title()}") == nobody.get(
        f"/?sector={sector[1]}"
    ).replace(f"sector={sector[1]}", f"sector={sector[1].title()}")


@pytest.mark.parametrize(
    "path",
    [
        "/?district=trissur",
        "/?sector=banks",
        "/api/v1/societies?district=trissur",
        "/api/v1/logs?kind=books",
    ],
)
def test_an_unknown_filter_is_refused_with_those_there_are(
    person: Any, scenario: VotingScenario, path: str
) -> None:
    text = person().get(path, 422)
    allowed = {"district": "Kasaragod", "sector": "housing", "kind": "oversight"}
    name = re.search(r"[?](\w+)=", path)
    assert name is not None and allowed[name[1]].casefold() in text.casefold()


def test_the_board_takes_districts_of_the_own_area_only(person: Any, alert: str) -> None:
    registrar = person().sign_in("registrar")
    assert f'data-society="{SLUG}"' in registrar.get("/registrar?district=Thiruvananthapuram")
    for path in ("/registrar", "/registrar/live", "/registrar/watch", "/api/v1/board"):
        for district in ("nowhere", "thrissur"):
            text = registrar.get(f"{path}?district={district}", 422)
            assert "thiruvananthapuram" in text.casefold(), path
    assert len(registrar.client.get("/api/v1/board?district=THIRUVANANTHAPURAM").json()["lines"])


def test_no_district_means_all_of_them(person: Any, alert: str) -> None:
    registrar = person().sign_in("registrar")
    for query in ("", "?district=", "?district=%20"):
        assert f'data-society="{SLUG}"' in registrar.get(f"/registrar{query}")


def test_the_districts_of_the_filter_are_those_of_the_pages() -> None:
    from dashboards import words

    assert list(choices.DISTRICTS) == words.districts()


def test_a_last_page_that_is_full_has_no_link_to_an_empty_one(
    person: Any, scenario: VotingScenario, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rt.db.read() as conn:
        members = len(people.members(conn, SLUG))
        origin = people.book_origin(conn, SLUG, rt.clock())
        entries = log_queries.info(conn, origin).next_index
    secretary, auditor = person().sign_in("secretary"), person().sign_in("auditor")
    book = f"/auditor/societies/{SLUG}/books/2026-27/entries"
    assert members > 2 and entries > 2
    for less in (0, 1):
        monkeypatch.setattr(member_pages, "PAGE_SIZE", members - less)
        monkeypatch.setattr(auditor_pages, "PAGE_SIZE", entries - less)
        shown = secretary.get("/secretary/members")
        assert shown.count('href="/secretary/members?after=') == less
        assert auditor.get(book).count('href="?before=') == less
    following = re.search(r'href="(/secretary/members\?after=[^"]+)"', shown)
    assert following is not None and shown.count("/secretary/members/") >= members - 1
    assert len(re.findall(r'href="/secretary/members/\d+"', secretary.get(following[1]))) == 1
    assert f'/entries/{entries - 1}"' in auditor.get(f"{book}?before=0"), (
        "no page before the first entry"
    )


def test_a_full_page_of_the_api_names_no_next_one(person: Any, scenario: VotingScenario) -> None:
    client = person().client
    for path in ("/api/v1/societies", "/api/v1/logs"):
        count = len(client.get(path).json()["items"])
        assert client.get(f"{path}?limit={count}").json()["next"] is None
        first = client.get(f"{path}?limit={count - 1}").json()
        rest = client.get(path, params={"after": first["next"]}).json()
        assert len(rest["items"]) == 1 and rest["next"] is None


def test_the_document_of_the_api_names_the_refusal_of_a_filter(
    person: Any, scenario: VotingScenario
) -> None:
    paths = person().client.get("/api/v1/openapi.json").json()["paths"]
    for path in ("/societies", "/logs", "/board"):
        assert "422" in paths[path]["get"]["responses"]
