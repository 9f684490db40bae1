"""An S3 server of this process's own (moto's), which can also fail as stores do."""

import contextlib
import itertools
import logging
import os
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYKEY",
    "AWS_SECRET_ACCESS_KEY": "CANARYSECRET",
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
}
PUBLIC = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
  "Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"}]}"""
_numbers = itertools.count()
Fault = Callable[[dict[str, Any]], "str | None"]


class Store:
    """The server; `asked` lists methods and paths, `fault` may spoil an answer.

    `fault` is shown each request (its WSGI environment, which it may change) and says None,
    "unavailable" (503 without doing it), "lost" (it is done, the answer is a 503), or "met" (409
    without doing it: another conditional write is under way).
    """

    def __init__(self, certificate: tuple[str, str] | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.fault: Fault | None = None
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, ssl_context=certificate
        )
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def make(self) -> str:
        """A new bucket that anybody may read over http; gives its address as a mirror."""
        bucket = f"mirror-{next(_numbers)}"  # moto's buckets outlive the server
        for path, body in ((bucket, b""), (f"{bucket}?policy", (PUBLIC % bucket).encode())):
            kind = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{self.url}/{path}", body, kind, method="PUT")
            trust = ssl._create_unverified_context()  # the test's own server
            urllib.request.urlopen(request, timeout=10, context=trust).close()
        return f"s3://{bucket}"

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        wanted = self.fault(environ) if self.fault is not None else None
        if wanted is None:
            return self._app(environ, start)
        if wanted == "lost":
            for _ in self._app(environ, lambda *_: None):
                pass
        else:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if wanted == "met":
            said = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
            start("409 Conflict", [("Content-Length", str(len(said)))])
            return [said]
        start("503 Slow Down", [("Content-Length", "0")])
        return [b""]


@contextlib.contextmanager
def running(
    patch: pytest.MonkeyPatch, certificate: tuple[str, str] | None = None
) -> Iterator[Store]:
    """A server, and this process's environment pointing to it; https with a certificate and key."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    store = Store(certificate)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in ENVIRONMENT.items():
        patch.setenv(name, value)
    patch.setenv("AWS_ENDPOINT_URL", store.url)
    try:
        yield store
    finally:
        store.close()
