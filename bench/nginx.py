"""Real nginx over a mirror, set up as docs/operations.md says."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MANUAL = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
_MAIN = """
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
{server}}}
"""


def documented() -> str:
    """The nginx configuration of the manual."""
    text = MANUAL.read_text("utf-8")
    (found,) = re.findall(r"^```nginx\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(found)


@contextmanager
def serving(folder: Path, home: Path) -> Iterator[str]:
    """The folder behind nginx with the configuration of the manual, on a port of its own."""
    if PROGRAM is None:
        raise RuntimeError("nginx is not installed.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = documented()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("root /srv/mirror;", f"root {folder};"),
    ):
        if server.count(old) != 1:
            raise RuntimeError(f"The configuration in {MANUAL.name} has no line {old!r}.")
        server = server.replace(old, new)
    home.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(_MAIN.format(home=home, user=user, server=server))
    child = subprocess.Popen([PROGRAM, "-e", f"{home}/start.log", "-c", f"{home}/nginx.conf"])
    try:
        _await(child, port, home)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(30)


def _await(child: subprocess.Popen[bytes], port: int, home: Path) -> None:
    deadline = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nginx did not start: " + (home / "start.log").read_text())
