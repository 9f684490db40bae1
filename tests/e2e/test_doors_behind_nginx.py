"""The doors behind a real nginx with `deploy/nginx.conf`: each client is one, nobody is all."""

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from bench import nginx
from tests.conftest import StateMaker
from tests.minutes import early_in_a_minute
from tests.simulator.served import Server
from tests.simulator.states import State
from tests.trust.log.test_bucket import certificate
from tests.trust.people import scenario as w
from tests.voting.scenario import opened
from trust.database import metadata
from trust.formats import b64, signing
from trust.log.runtime import Runtime
from web.app import create_app

MEMBERS = 30

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="install nginx-light")


@pytest.fixture(scope="session")
def state_hall(make_state: StateMaker) -> Iterator[State]:
    """A meeting with thirty cards."""
    with make_state(lambda rt: opened(rt, members=MEMBERS, with_key=MEMBERS)) as state:
        yield state


@dataclass(slots=True)
class Site:
    """nginx before two web applications that share their storage."""

    url: str
    folder: Path

    def at(self, address: str) -> httpx2.Client:
        """A client that calls from that address of this machine."""
        trust = ssl.create_default_context(cafile=str(self.folder / "store.pem"))
        transport = httpx2.HTTPTransport(local_address=address, verify=trust)
        return httpx2.Client(base_url=self.url, transport=transport, timeout=60)


@pytest.fixture
def site(state_hall: State, rt: Runtime, tmp_path: Path) -> Iterator[Site]:
    broker = rt.settings.broker
    if broker.startswith("memory"):
        broker = "amqp://several.processes.example//"  # never asked: counts are in the table then
    rt.settings = replace(rt.settings, proxies="127.0.0.1", secure_cookies=True, broker=broker)
    servers = [Server(create_app(rt)) for _ in range(2)]
    for server in servers:
        server.start()
    pair = certificate(tmp_path)
    files = (Path(pair[0]), Path(pair[1]))
    with nginx.before([one.port for one in servers], tmp_path / "nginx", files) as url:
        yield Site(url, tmp_path)
    for server in servers:
        server.stop()


def guess(
    client: httpx2.Client, password: str = "no", login: str = "registrar", **more: str
) -> int:
    body = {"login": login, "password": password}
    return client.post("/api/v1/login", json=body, headers=more).status_code


def enter(client: httpx2.Client, name: str) -> int:
    """Sign in with a card, as the page's script does."""
    key = b64.encode(w.public_of(name))
    given = client.post("/api/v1/login/challenge", json={"key": key})
    if given.status_code != 200:
        return given.status_code
    said = given.json()
    made = signing.sign(w.seed_of(name), "member", "login", said["origin"], said["record"])
    record = signing.with_signatures(said["record"], [made])
    return client.post("/api/v1/login/signed", json={"record": record}).status_code


def test_thirty_members_with_right_cards_get_in(site: Site) -> None:
    def come(number: int) -> int:
        with site.at(f"127.0.1.{number}") as client:
            entered = enter(client, f"member {number}")
            return entered if entered != 200 else client.get("/member").status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(come, range(1, MEMBERS + 1))) == [200] * MEMBERS


def test_thirty_members_behind_one_router_get_in(site: Site) -> None:
    for number in range(1, MEMBERS + 1):
        with site.at("127.0.1.77") as client:
            assert enter(client, f"member {number}") == 200


def test_a_stranger_s_wrong_log_ins_shut_nobody_out(site: Site) -> None:
    early_in_a_minute()
    with site.at("127.0.2.66") as stranger, ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: guess(stranger), range(24)))
        assert 429 in codes
        assert guess(stranger, **{"X-Forwarded-For": "198.51.100.7"}) == 429, "it named another"
    with site.at("127.0.2.7") as registrar:
        begun = time.monotonic()
        assert guess(registrar, w.PASSWORD) == 200
        assert time.monotonic() - begun < 8


def test_no_address_is_kept_by_anybody(
    site: Site, rt: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    with site.at("127.0.2.66") as stranger:
        assert guess(stranger) == 422
        assert enter(stranger, "member 1") == 200
    kept = "".join(
        path.read_text("utf-8", errors="replace") for path in (site.folder / "nginx").rglob("*.log")
    )
    assert "127.0.2.66" not in kept + "".join(capfd.readouterr())
    with rt.db.read() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(select(table)):
                assert "127.0.2.66" not in repr(tuple(row)), table.name


def test_a_live_page_gets_its_events_as_they_come(site: Site) -> None:
    with site.at("127.0.2.7") as registrar:
        assert guess(registrar, w.PASSWORD) == 200
        begun = time.monotonic()
        with registrar.stream("GET", "/registrar/live") as stream:
            assert stream.status_code == 200, stream.status_code
            first = next(stream.iter_text())
        assert "event:" in first and time.monotonic() - begun < 4


def test_strangers_do_not_fill_the_disk_of_nginx(site: Site) -> None:
    """400 bodies of 65 MB of one address were kept until they were whole."""
    with site.at("127.0.2.66") as stranger, ThreadPoolExecutor(12) as pool:
        large = b"x" * 3_000_000
        assert stranger.post("/login", content=large).status_code == 413
        assert stranger.post("/secretary/imports", content=large).status_code == 303
        assert stranger.post("/api/v1/imports", content=large).status_code == 401

        def slowly(_: int) -> int:
            pieces = iter([b"x" * 1000] * 4)

            def body() -> Iterator[bytes]:
                for piece in pieces:
                    time.sleep(0.5)
                    yield piece

            with site.at("127.0.2.66") as client:
                return client.post("/secretary/imports", content=body()).status_code

        codes = list(pool.map(slowly, range(12)))
    assert codes.count(429) == 8 and codes.count(303) == 4, codes


def test_the_head_of_a_stream_holds_up_nobody_else(site: Site) -> None:
    """nginx gave the connection to the next request, which waited for the stream's end."""
    with site.at("127.0.2.7") as registrar:
        assert guess(registrar, w.PASSWORD) == 200
        for _ in range(4):
            assert registrar.head("/registrar/live").status_code == 200
    with site.at("127.0.2.8") as other:
        begun = time.monotonic()
        assert [other.get("/healthz").status_code for _ in range(8)] == [200] * 8
        assert time.monotonic() - begun < 8


def test_a_body_above_the_limit_ends_at_nginx(site: Site) -> None:
    with site.at("127.0.2.7") as client:
        answer = client.post("/api/v1/login", content=b"x" * 70_000_000)
        assert answer.status_code == 413


def test_requests_of_one_address_that_never_end_keep_nobody_else_out(site: Site) -> None:
    """520 heads without an end: the connections that nginx has by default were all gone."""
    port = int(site.url.rpartition(":")[2])
    trust = ssl.create_default_context(cafile=str(site.folder / "store.pem"))
    with ExitStack() as held:
        for _ in range(520):
            plain = socket.create_connection(("127.0.0.1", port), 10, ("127.0.2.66", 0))
            one = held.enter_context(trust.wrap_socket(plain, server_hostname="127.0.0.1"))
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        with site.at("127.0.2.7") as other:
            assert [other.get("/healthz").status_code for _ in range(3)] == [200] * 3
