"""What an auditor installs is enough: the built package with the base dependencies alone.

The wheel is built and unpacked into an empty folder beside the distributions that
requirements-base.txt names, and Python is started with that folder and nothing else.
"""

import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("trust", "voting", "audit", "oversight", "dashboards", "web", "migrations")
SERVER_ONLY = ("sqlalchemy", "starlette", "celery", "lxml", "jinja2", "hypercorn")
DATA = {".py", ".toml", ".csv", ".sql", ".json", ".html", ".css", ".js", ".woff2", ".svg", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built from a copy so that the tree stays clean."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--wheel-dir", out, source],
        check=True,
    )  # fmt: skip
    (built,) = out.glob("sakshi-*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content and the pinned base distributions."""
    folder = tmp_path_factory.mktemp("bare")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-base.txt").read_text(), re.MULTILINE)
    assert "pynacl" in pinned
    for name in pinned:
        for file in importlib.metadata.files(name) or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    return folder


def run(bare: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a Python that sees the standard library and the bare folder only."""
    begin = f"import sys; sys.path.insert(0, {str(bare)!r}); "
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", begin + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=bare,
    )


def test_the_wheel_carries_every_data_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.suffix in DATA
    }
    assert wanted
    assert not wanted - carried


def test_the_bare_folder_has_no_server_library(bare: Path) -> None:
    for name in SERVER_ONLY:
        result = run(bare, f"import {name}")
        assert "ModuleNotFoundError" in result.stderr, name


def test_the_witness_runs_from_the_base_install(bare: Path, tmp_path: Path) -> None:
    begin = "from audit.witness.cli import main; sys.argv[0] = 'sakshi-witness'; main()"
    files = ("--key", str(tmp_path / "key"), "--state", str(tmp_path / "state"))
    result = run(bare, begin, "init", "w.example/one", "--mldsa44", *files)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("witness w.example/one") == 2
    # Only with ML-DSA is cryptography loaded at all: a witness stays small.
    listed = "from audit.witness import cli; print('cryptography' in sys.modules)"
    assert run(bare, listed).stdout == "False\n"


def test_the_witness_serves_from_the_base_install_and_ends_well(bare: Path, tmp_path: Path) -> None:
    begin = "from audit.witness.cli import main; main()"
    files = ("--key", str(tmp_path / "key"), "--state", str(tmp_path / "state"))
    assert run(bare, begin, "init", "w.example/one", *files).returncode == 0
    (tmp_path / "logs").write_text("# none yet\n")
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(bare)!r}); {begin}",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--logs",
        str(tmp_path / "logs"),
        *files,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=bare) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline().rsplit(":", 1)[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert answer.read().startswith(b"witness w.example/one ")
        child.terminate()
        assert child.wait(10) == 0


def test_the_auditors_tool_runs_from_the_base_install(bare: Path) -> None:
    result = run(
        bare, "from audit.cli import main; sys.argv[0] = 'sakshi-audit'; sys.exit(main())", "--help"
    )
    assert result.returncode == 0, result.stderr
    assert "verify" in result.stdout


@pytest.mark.parametrize("name", ["society.zip", "meeting.zip", "public.sakshi-proof"])
def test_the_auditors_tool_verifies_from_the_base_install(bare: Path, name: str) -> None:
    vectors = ROOT / "tests" / "vectors"
    code = "from audit.cli import main; sys.argv[0] = 'sakshi-audit'; main()"
    believed: tuple[str, ...] = ("--policy", str(vectors / "policy"))
    if name == "meeting.zip":  # quorum and majority are decided by the rule file of its notice
        believed += ("--rules", str(vectors / "rules.toml"))
    good = run(bare, code, "verify", str(vectors / name), *believed, "--json")
    assert good.returncode == 0, good.stdout + good.stderr
    altered = bare / f"altered-{name}"
    data = bytearray((vectors / name).read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    bad = run(bare, code, "verify", str(altered), *believed)
    assert bad.returncode == 1, bad.stdout + bad.stderr


def test_the_operators_command_names_what_to_install(bare: Path) -> None:
    result = run(bare, "from web.entry import main; main()", "init")
    assert result.returncode == 2 and "Traceback" not in result.stderr
    assert "[server]" in result.stderr and result.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own: the wheel, installed by pip, and the server's libraries."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    venv.create(folder, with_pip=False)
    python, purelib = folder / "bin" / "python", sysconfig.get_path("purelib")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
         "--no-index", wheel],
        check=True,
    )  # fmt: skip
    (own,) = folder.glob("lib/python*/site-packages")
    # A line of such a file is a folder to look in; the path files in that folder are not read, so
    # the tree that is installed there is not found.
    (own / "libraries.pth").write_text(f"{purelib}\n")
    return folder


def command(installed: Path, home: Path, name: str, *arguments: str) -> list[str]:
    """Run a console script of the environment outside the tree; returns the lines it printed."""
    environment = {"PATH": os.environ["PATH"], "SAKSHI_HOME": str(home), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [installed / "bin" / name, *arguments],
        cwd=home.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_state_is_made_and_served_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    where = command(installed, home, "python", "-c", "import web, trust; print(web.__file__)")
    assert str(installed) in where[0]
    assert "coop.example" in command(installed, home, "sakshi", "init", "coop.example")[0]
    assert any(
        "coop.example/state/" in line for line in command(installed, home, "sakshi", "status")
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [installed / "bin" / "sakshi", "serve", "--port", str(port)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SAKSHI_HOME": str(home), "LANG": "C.UTF-8"},
        stderr=subprocess.PIPE,
    ) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if b"serving" in line:
                    break
            for path in ("/", "/login", "/verify", "/policy", "/api/v1/openapi.json"):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                    assert answer.status == 200, path
        finally:
            server.terminate()
            assert server.wait(30) == 0


def test_the_auditors_commands_are_installed(installed: Path, tmp_path: Path) -> None:
    said = command(installed, tmp_path / "home", "sakshi-audit", "--help")
    assert any("verify" in line for line in said)
    assert command(installed, tmp_path / "home", "sakshi-witness", "--help")
