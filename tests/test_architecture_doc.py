"""docs/architecture.md and its pages name every module, verb, table, route and command."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache

import pytest
from cyclopts import App
from starlette.routing import Route

import audit.cli
import web.cli
from tests.conftest import ROOT
from tests.test_house import PACKAGES
from trust.database import metadata
from web import app, wiring

PAGES = (ROOT / "docs" / "architecture.md", *sorted((ROOT / "docs" / "architecture").glob("*.md")))
VERBS_PAGE = ROOT / "docs" / "verbs.md"
DOC = "\n".join(page.read_text("utf-8") for page in (*PAGES, VERBS_PAGE))
FLOWS = (ROOT / "docs" / "architecture" / "flows.md").read_text("utf-8")
CODE = re.compile(r"`([^`\n]+)`")
COMPLETE = (*PACKAGES, "bench")
FOLDERS = (*PACKAGES, "bench", "docs", "migrations", "deploy", "tests")
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})(?:/[\w.-]+)*")
VERB = re.compile(r"([A-Za-z_]\w*(?:\.\w+)?)\(([^()]*)\)(?: -> .+)?")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
ROUTE = re.compile(r"^\| (`/.*?) \| [a-z]+ \|", re.MULTILINE)


def verbs() -> Iterator[tuple[str, str, list[str]]]:
    """Modules at the beginning of a row, and each call with its parameters in the rest of it."""
    for line in DOC.splitlines():
        if not line.startswith("| `"):
            continue
        modules = " ".join(name for name in CODE.findall(line) if re.fullmatch(r"\w+/.+\.py", name))
        for code in CODE.findall(line):
            if found := VERB.fullmatch(code):
                params = [name.strip() for name in found[2].split(",")]
                yield modules, found[1], [name for name in params if name not in ("", "*")]


@cache
def parameters(module: str) -> dict[str, list[str]]:
    """Functions, methods and dataclasses of a module with the names they are called with."""
    found: dict[str, list[str]] = {}
    for node in ast.parse((ROOT / module).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _names(node)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = [
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    found[f"{node.name}.{item.name}"] = _names(item)[1:]
                    if item.name == "__init__":
                        found[node.name] = _names(item)[1:]
    return found


def _names(node: ast.FunctionDef) -> list[str]:
    args = node.args
    several = [args.vararg] if args.vararg else []
    return [arg.arg for arg in (*args.posonlyargs, *args.args, *several, *args.kwonlyargs)]


def test_every_path_exists() -> None:
    paths = {code for code in CODE.findall(DOC) if PATH.fullmatch(code)}
    assert len(paths) > 100
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_package_is_named() -> None:
    packages = {
        path.parent.relative_to(ROOT).as_posix()
        for top in PACKAGES
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert [name for name in sorted(packages) if f"`{name}" not in DOC] == []


def test_every_module_has_its_line() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for top in COMPLETE
        for path in (ROOT / top).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert len(modules) > 400
    lines = [line for line in DOC.splitlines() if line.startswith("| `")]
    named = {code for line in lines for code in CODE.findall(line)}
    assert sorted(modules - named) == []


def test_every_page_is_in_the_index() -> None:
    index = PAGES[0].read_text("utf-8")
    assert len(PAGES) > 2
    assert [page.name for page in PAGES[1:] if f"(architecture/{page.name})" not in index] == []


@pytest.mark.parametrize("flow", FLOWS.split("\n## ")[1:], ids=lambda flow: flow.split("\n")[0])
def test_every_step_of_a_flow_names_what_does_it(flow: str) -> None:
    steps = re.findall(r"^(\d+)\. (.+)$", flow, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) > 5
    for number, text in steps:
        codes = CODE.findall(text)
        functions = [code for code in codes if DOTTED.fullmatch(code)]
        assert functions or any(code.endswith(".js") for code in codes), f"step {number}"
        assert [code for code in functions if not callable(resolve(code))] == []


def resolve(dotted: str) -> object:
    """The function, class or method of that name; None if missing."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name, None)
        return found
    return None


@pytest.mark.parametrize("verb", list(verbs()), ids=lambda verb: verb[1])
def test_every_verb_takes_what_is_said(verb: tuple[str, str, list[str]]) -> None:
    modules, name, named = verb
    known = [
        params for module in modules.split() if (params := parameters(module).get(name)) is not None
    ]
    assert known, f"{name} is not in {modules}"
    missing = [set(named) - {"…"} - set(params) for params in known]
    assert set() in missing, f"{name} takes {known}"


def test_tables_are_those_of_the_database() -> None:
    wiring.load_packages()
    named = [
        table
        for line in re.findall(r"^Tables: ([^.]*)\.", DOC, re.MULTILINE)
        for table in CODE.findall(line)
    ]
    assert sorted(named) == sorted(metadata.tables)


def test_every_route_exists_and_every_face_has_one() -> None:
    paths = {route.path for route in app._routes() if isinstance(route, Route)}
    named = [path for row in ROUTE.findall(DOC) for path in CODE.findall(row)]
    assert len(named) > 20
    assert [path for path in named if path not in paths] == []
    unnamed = {
        path
        for path in paths
        if not any(path == name or path.startswith((f"{name}/", f"{name}.")) for name in named)
    }
    assert {path for path in unnamed if not path.startswith(("/s/", "/r/", "/api/", "/do/"))} == {
        f"/{kind}/{{rest:path}}" for kind in ("coop", "meeting", "election", "oversight", "state")
    }


def _commands(name: str, found: App) -> Iterator[str]:
    for key in found:
        if key.startswith("-"):
            continue
        inner = list(_commands(f"{name} {key}", found[key]))
        yield from inner or [f"{name} {key}"]


@pytest.mark.parametrize(
    ("name", "found"), [("sakshi", web.cli.app), ("sakshi-audit", audit.cli.app)]
)
def test_commands_are_those_of_the_programs(name: str, found: App) -> None:
    named = {code for code in CODE.findall(DOC) if code.startswith(f"{name} ")}
    assert named == set(_commands(name, found))
