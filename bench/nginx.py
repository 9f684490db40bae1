"""Real nginx: over a mirror as docs/operations.md says, and before web processes as
`deploy/nginx.conf` says."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / "docs" / "operations.md"
SITE = ROOT / "deploy" / "nginx.conf"
_MAIN = """
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
{user}
{around}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
{server}}}
"""


def around() -> str:
    """What `deploy/nginx.conf` asks for outside the http context."""
    found = re.findall(
        r"^#   (worker_rlimit_nofile .*;|events .*})$", SITE.read_text(), re.MULTILINE
    )
    if len(found) != 2:
        raise RuntimeError(f"{SITE.name} does not say how many connections nginx needs.")
    return "\n".join(found)


def documented() -> str:
    """The nginx configuration of the manual."""
    text = MANUAL.read_text("utf-8")
    (found,) = re.findall(r"^```nginx\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(found)


@contextmanager
def serving(folder: Path, home: Path) -> Iterator[str]:
    """The folder behind nginx with the configuration of the manual, on a port of its own."""
    port = free_port()
    lines = {"listen 80;": f"listen 127.0.0.1:{port};", "root /srv/mirror;": f"root {folder};"}
    with _running(_changed(documented(), MANUAL, lines), home, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def before(ports: Sequence[int], home: Path, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The two web processes on these ports behind nginx with `deploy/nginx.conf`, on a port of its
    own; `certificate` is the file with the certificate and that with its key."""
    port, first, second = free_port(), *ports
    lines = {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen [::]:80;": "",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2; listen [::1]:{port} ssl;",
        "listen [::]:443 ssl http2;": "",
        "/etc/ssl/sakshi/fullchain.pem": str(certificate[0]),
        "/etc/ssl/sakshi/privkey.pem": str(certificate[1]),
        "/var/log/nginx/sakshi.error.log": f"{home}/site.log",
    }
    text = SITE.read_text("utf-8")
    for old, new in ((8000, first), (8001, second)):
        text = text.replace(f"server 127.0.0.1:{old} ", f"server 127.0.0.1:{new} ")
    with _running(_changed(text, SITE, lines), home, port):
        yield f"https://127.0.0.1:{port}"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _changed(server: str, where: Path, lines: Mapping[str, str]) -> str:
    """The configuration with addresses and folders of this machine; each must be in it once."""
    for old, new in lines.items():
        if server.count(old) != 1:
            raise RuntimeError(f"The configuration in {where.name} has no line {old!r}.")
        server = server.replace(old, new)
    return server


@contextmanager
def _running(server: str, home: Path, port: int) -> Iterator[None]:
    if PROGRAM is None:
        raise RuntimeError("nginx is not installed.")
    home.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(
        _MAIN.format(home=home, user=user, around=around(), server=server)
    )
    child = subprocess.Popen([PROGRAM, "-e", f"{home}/start.log", "-c", f"{home}/nginx.conf"])
    try:
        _await(child, port, home)
        yield
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
