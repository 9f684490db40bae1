"""Addresses that we send people on to: paths, or the public address; never what a request says."""

import json
import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from trust.log.runtime import Runtime
from web.app import create_app

OTHER = {"host": "elsewhere.example", "x-forwarded-host": "elsewhere.example"}


@pytest.fixture
def client(rt: Runtime) -> TestClient:
    return TestClient(create_app(rt), base_url="http://testserver", follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("/login/", "/login"),
        ("/verify/?lang=ml&a=%2F", "/verify?lang=ml&a=%2F"),
        ("/registrar///", "/registrar"),
        ("/s/some%20name/", "/s/some%20name"),
        ("/s/%3Fa%23b/", "/s/%3Fa%23b"),
        ("/s/%2e%2e%5c/", "/s/..%5C"),
    ],
)
def test_a_slash_too_many_is_put_right_by_the_path_alone(
    client: TestClient, asked: str, told: str
) -> None:
    """Behind TLS the server sees plain HTTP: an address with a scheme led out of TLS."""
    answer = client.get(asked, headers=OTHER)
    assert (answer.status_code, answer.headers["location"]) == (307, told)


def test_a_form_sent_to_an_address_with_a_slash_stays_where_it_was_sent(client: TestClient) -> None:
    answer = client.post("/login/", headers=OTHER, data={"login": "a", "password": "b"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/login")


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/", "//elsewhere.example/login/", "/\\elsewhere.example/",
             "//", "///", "/no-such-page/", "//login/"],
)  # fmt: skip
def test_no_path_leads_to_another_site(client: TestClient, path: str) -> None:
    answer = client.get(f"http://testserver{path}", headers=OTHER)
    assert answer.status_code == 404 and "location" not in answer.headers


def test_no_redirect_and_no_document_names_the_host_of_the_request(
    client: TestClient, app_routes: list[str]
) -> None:
    assert len(app_routes) > 30
    for path in app_routes:
        answer = client.get(path, headers=OTHER)
        assert "elsewhere.example" not in answer.text, path
        location = answer.headers.get("location", "/")
        assert location.startswith("/") and not location.startswith("//"), path
    document: dict[str, Any] = json.loads(client.get("/api/v1/openapi.json", headers=OTHER).text)
    assert document["servers"] == [{"url": "/api/v1"}]


@pytest.fixture
def app_routes(client: TestClient) -> list[str]:
    """Every path that can be asked for, with a word for each parameter."""
    app = client.app
    assert isinstance(app, Starlette)
    found = {str(getattr(route, "path", "")) for route in app.routes}
    return sorted(
        re.sub(r"{\w+:int}", "1", re.sub(r"{\w+(:path)?}", "x", it)) for it in found if it
    )
