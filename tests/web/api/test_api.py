"""The API skeleton: lists with cursors, states of a receipt, problems, and its own description."""

import re

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.trust.books.scenario import BooksScenario
from trust.formats import receipts
from trust.log import queries as log_queries


def test_societies_come_in_pages(scenario: BooksScenario, client: TestClient) -> None:
    first = client.get("/api/v1/societies", params={"limit": 1}).json()
    assert [item["slug"] for item in first["items"]] == ["tsr-7"]
    rest = client.get("/api/v1/societies", params={"limit": 1, "after": first["next"]}).json()
    assert [item["slug"] for item in rest["items"]] == ["tvm-101"] and rest["next"] is None
    assert client.get("/api/v1/societies?text=milk").json()["items"][0]["sector"] == "dairy"
    bad = client.get("/api/v1/societies?limit=many")
    assert bad.status_code == 400 and "1 to 500" in bad.json()["detail"]


def test_a_society_its_statements_and_its_log(scenario: BooksScenario, client: TestClient) -> None:
    society = client.get("/api/v1/societies/tvm-101").json()
    assert society["book"] == scenario.origin
    filed = client.get("/api/v1/societies/tvm-101/statements").json()["items"]
    assert [item["book_year"] for item in filed] == ["2024-25", "2025-26"]
    assert client.get(filed[0]["document"]).status_code == 200
    log = client.get(f"/api/v1/logs/{scenario.origin}").json()
    assert log["published_size"] == log["integrated"] == log["sequenced"]
    assert log["head"].startswith(scenario.origin + "\n")
    kinds = {item["kind"] for item in client.get("/api/v1/logs").json()["items"]}
    assert {"coop", "state"} <= kinds


def test_a_receipt_s_state(scenario: BooksScenario, client: TestClient) -> None:
    with scenario.rt.db.read() as conn:
        entry = log_queries.entry(conn, scenario.origin, 0)
    code = receipts.code(entry.leaf)
    said = client.get(f"/api/v1/receipts/{code}").json()
    assert (said["state"], said["index"], said["kind"]) == ("published", 0, "society")
    assert client.get(said["proof"]).status_code == 200
    assert client.get("/api/v1/receipts/xyz").status_code == 400
    missing = client.get("/api/v1/receipts/7K4M-92QX-AB3D-ZZ10")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


def test_unchanged_answers_are_not_sent_twice(scenario: BooksScenario, client: TestClient) -> None:
    tag = client.get("/api/v1/societies").headers["etag"]
    assert client.get("/api/v1/societies", headers={"if-none-match": tag}).status_code == 304
    scenario.publish()
    assert (
        client.get("/api/v1/societies/tvm-101", headers={"if-none-match": tag}).status_code == 200
    )


def test_the_description_names_exactly_what_is_served(client: TestClient, app: Starlette) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1.")
    said = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    served = {
        (method, re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path.removeprefix("/api/v1")))
        for route in app.router.routes
        if isinstance(route, Route) and route.path.startswith("/api/v1/")
        for method in (route.methods or set()) - {"HEAD"}
        if route.name != "openapi"
    }
    assert said == served
    ids = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
