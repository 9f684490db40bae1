"""The page of a one-time link: looking uses nothing up, a password is chosen once."""

import re

from starlette.testclient import TestClient

from trust.log.runtime import Runtime
from trust.people.offices import links
from trust.people.offices import queries as offices

NEW = "a long enough password"


def _post(client: TestClient, path: str, password: str, again: str) -> tuple[int, str]:
    page = client.get(path)
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    csrf = "" if found is None else found[1]
    answer = client.post(path, data={"csrf": csrf, "password": password, "password_again": again})
    return answer.status_code, answer.text


def test_a_password_is_chosen_once(client: TestClient, rt: Runtime) -> None:
    with rt.db.write() as conn:
        path = f"/link/{links.first_link(conn, now=rt.clock())}"
    for _ in range(2):  # whoever previews a link does not use it up
        page = client.get(path)
        assert page.status_code == 200 and "first administrator" in page.text
        assert page.headers["cache-control"] == "no-store"
    status, text = _post(client, path, NEW, NEW + "x")
    assert status == 422 and "The two passwords differ" in text and NEW not in text
    status, text = _post(client, path, "short", "short")
    assert status == 422 and "at least 8" in text
    assert client.post(path, data={"password": NEW, "password_again": NEW}).status_code == 403
    assert _post(client, path, NEW, NEW)[0] == 303
    with rt.db.read() as conn:
        assert len(offices.holders(conn, "administrator", rt.clock())) == 1
    over = client.get(path)
    assert over.status_code == 404 and "works no more" in over.text
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert csrf is not None
    fields = {"csrf": csrf[1], "login": "administrator", "password": NEW}
    assert client.post("/login", data=fields).status_code == 303


def test_what_is_no_link(client: TestClient) -> None:
    for token in ("x", "a" * 3000, "%E0%B4%95"):
        assert client.get(f"/link/{token}").status_code == 404, token
