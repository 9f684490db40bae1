"""A tiny reverse proxy before the server; it can answer for it, as a proxy does in a restart."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding"}


class Proxy:
    """Passes requests on to a port; `refuse` is the status it answers streams and parts with."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.refuse: int | None = None
        self.everything = False
        """Whether it answers every request so, not streams and parts alone."""
        self.mute = False
        """Whether streams are taken and never answered with a message."""
        self.asked: list[str | None] = []
        """`Last-Event-ID` of every request for a stream that was asked for, refused ones too."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                proxy._pass_on(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Tests read `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _pass_on(self, asked: BaseHTTPRequestHandler) -> None:
        stream = asked.headers.get("Accept", "").startswith("text/event-stream")
        if stream:
            self.asked.append(asked.headers.get("Last-Event-ID"))
        by_script = stream or asked.headers.get("HX-Request") == "true"
        if stream and self.mute:
            self._say_nothing(asked)
            return
        if self.refuse and (by_script or self.everything):
            self._answer_for_it(asked, self.refuse)
            return
        try:
            self._forward(asked)
        except (ConnectionError, http.client.HTTPException):
            self._answer_for_it(asked, 502)
        except OSError:
            return  # the browser left

    def _say_nothing(self, asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Type", "text/event-stream")
        asked.end_headers()
        asked.wfile.flush()
        while self.mute:
            time.sleep(0.1)

    def _answer_for_it(self, asked: BaseHTTPRequestHandler, status: int) -> None:
        page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
        asked.send_response(status)
        asked.send_header("Content-Type", "text/html")
        asked.send_header("Content-Length", str(len(page)))
        asked.end_headers()
        asked.wfile.write(page)

    def _forward(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length", "0")))
        link = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in HOP}
        link.request(asked.command, asked.path, body, headers)
        answer = link.getresponse()
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                asked.send_header(name, value)
        asked.end_headers()
        while piece := answer.read1(65_536):
            asked.wfile.write(piece)
            asked.wfile.flush()
        link.close()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
